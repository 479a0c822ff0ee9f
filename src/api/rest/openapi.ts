/**
 * The OpenAPI 3.1 document of the routes.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
import { PATH_PARAMETERS } from "./addresses.ts";
import { PROBLEM } from "./problem.ts";
import { hasBody, membersOf, queryParametersOf, shapeOf } from "./read-request.ts";
import { parametersOf, type OperationRoute, type QueryParameter, type Route } from "./route.ts";
import { schemaOfStructure, TEXT, type JsonSchema } from "./schema.ts";

const ABOUT = `The capabilities of the AWS Step Functions API, as resources.

Bodies have the members of the AWS API. Moments are ISO 8601. What is JSON text there (definitions, inputs, outputs) is a
JSON value here. Lists answer \`nextCursor\` while there is more; \`cursor\` takes it. Whatever goes wrong is answered as
application/problem+json (RFC 9457) with the name of the AWS exception in \`exception\`.`;

interface Referenced {
  readonly $ref: string;
}

type Written = Readonly<Record<string, unknown>> | Referenced;

/** The schemas of a document that have a title, each once. */
class Components {
  readonly schemas: Record<string, Written> = {};
  readonly #sources = new Map<string, string>();

  write(schema: JsonSchema): Written {
    const { title, ...rest } = schema;
    if (title === undefined) return this.#inline(rest);
    const source = JSON.stringify(schema);
    const known = this.#sources.get(title);
    if (known === undefined) {
      this.#sources.set(title, source);
      this.schemas[title] = this.#inline(rest);
    } else if (known !== source) throw new Error(`Defect: two schemas have the title '${title}'`);
    return { $ref: `#/components/schemas/${title}` };
  }

  #inline(schema: JsonSchema): Written {
    const { items, properties, additionalProperties, ...rest } = schema;
    return {
      ...rest,
      ...(items !== undefined && { items: this.write(items) }),
      ...(properties !== undefined && {
        properties: Object.fromEntries(Object.entries(properties).map(([name, x]) => [name, this.write(x)])),
      }),
      ...(additionalProperties !== undefined && {
        additionalProperties:
          typeof additionalProperties === "boolean" ? additionalProperties : this.write(additionalProperties),
      }),
    };
  }
}

/** The name of an operation in the document. */
export function operationIdOf(route: Route): string {
  const id: string = "operation" in route ? (route.id ?? route.operation) : route.id;
  return id.slice(0, 1).toLowerCase() + id.slice(1);
}

export function openApiOf(routes: readonly Route[]): object {
  const components = new Components();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = describeRoute(route, components);
  }
  const responses = {
    Problem: {
      description: "What went wrong",
      content: { "application/problem+json": { schema: components.write(PROBLEM) } },
    },
  };
  return {
    openapi: "3.1.1",
    info: {
      title: "Stepflare",
      version: "1",
      description: ABOUT,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { schemas: components.schemas, responses },
  };
}

function describeRoute(route: Route, components: Components): object {
  const parameters = [
    ...parametersOf(route.path).map((name) => ({
      name,
      in: "path",
      required: true,
      description: PATH_PARAMETERS[name] ?? name,
      schema: TEXT,
    })),
    ...queryOf(route).map((parameter) => describeQuery(parameter, components)),
  ];
  const body = bodyOf(route);
  return {
    operationId: operationIdOf(route),
    tags: [tagOf(route)],
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(bytesOf(route) === "request" && { requestBody: { required: true, content: ANY_BYTES } }),
    ...(body !== undefined && {
      requestBody: {
        required: (body.required ?? []).length > 0,
        content: { "application/json": { schema: components.write(body) } },
      },
    }),
    responses: responsesOf(route, components),
  };
}

function describeQuery({ name, description, schema, required }: QueryParameter, components: Components): object {
  const isObject = schema.type === "object";
  return {
    name,
    in: "query",
    ...(required === true && { required }),
    description,
    ...(isObject && { style: "deepObject", explode: true }),
    schema: components.write(schema),
  };
}

function responsesOf(route: Route, components: Components): object {
  const { status, answer } = route;
  const type = ("answerType" in route ? route.answerType : undefined) ?? "application/json";
  const isLocated = "location" in route && route.location !== undefined;
  const headers = { Location: { description: "Where what was created is found", schema: TEXT } };
  const success = {
    description: DESCRIPTIONS[status],
    ...(isLocated && { headers }),
    ...(answer !== undefined && { content: { [type]: { schema: components.write(answer) } } }),
    ...(bytesOf(route) === "answer" && { content: ANY_BYTES }),
  };
  const problems = problemsOf(route).map((code) => [code, { $ref: "#/components/responses/Problem" }] as const);
  return { [status]: success, ...Object.fromEntries(problems), default: { $ref: "#/components/responses/Problem" } };
}

const ANY_BYTES = { "*/*": {} };

function bytesOf(route: Route): "request" | "answer" | undefined {
  return "bytes" in route ? route.bytes : undefined;
}

const DESCRIPTIONS = { 200: "What was asked for", 201: "What was created", 204: "Done" } as const;

/** The problems that are worth a line of their own; all others are the default. */
function problemsOf(route: Route): readonly number[] {
  const always = [400, 403];
  const of404 = route.path.includes("{") ? [404] : [];
  const ofBody = bodyOf(route) === undefined ? [] : [413, 415];
  return [...always, ...of404, ...ofBody];
}

function queryOf(route: Route): readonly QueryParameter[] {
  return "operation" in route ? queryParametersOf(route) : route.query;
}

function bodyOf(route: Route): JsonSchema | undefined {
  if (!("operation" in route)) return route.body?.schema;
  if (!hasBody(route)) return undefined;
  return bodyOfOperation(route);
}

function bodyOfOperation(route: OperationRoute): JsonSchema | undefined {
  const names = membersOf(route, "body");
  if (names.length === 0) return undefined;
  const shape = shapeOf(route);
  return schemaOfStructure({ ...shape, name: shape.name.replace(/Input$/u, "Request") }, names);
}

/** The first word of the path. */
function tagOf(route: Route): string {
  return route.path.replace(/^\/api/u, "").split("/")[1] ?? "";
}
