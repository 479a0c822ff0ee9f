/** Import: a definition that runs, of what people paste from articles and templates, with every change that this took. */
import { importDefinition, type ImportedDefinition } from "../../asl/import/import-definition.ts";
import { MAX_DEFINITION_CHARACTERS } from "../../asl/parse.ts";
import { memberOf, type JsonObject } from "../../asl/json.ts";
import type { StateMachineType } from "../../asl/validate.ts";
import { jsonResponse } from "./answer.ts";
import { DIAGNOSTICS } from "./answers.ts";
import { problem, type ProblemCause } from "./problem.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { listOf, object, oneOf, TEXT, type JsonSchema } from "./schema.ts";

/** A character may be written as an escape of six. */
const MAX_BODY_BYTES = MAX_DEFINITION_CHARACTERS * 6 + 1024;

const PASTED: JsonSchema = {
  title: "PastedDefinition",
  type: "object",
  properties: {
    text: {
      description: "A definition, a part of one, or a template that holds one; comments and placeholders are welcome",
      type: "string",
      maxLength: MAX_DEFINITION_CHARACTERS,
    },
    type: oneOf("STANDARD", "EXPRESS"),
  },
  required: ["text"],
  additionalProperties: false,
};

const IMPORTED: JsonSchema = object("ImportedDefinition", {
  "definition?": { description: "Absent where the text configures a state machine and defines none", type: "object" },
  "loggingConfiguration?": { type: "object" },
  "tracingConfiguration?": { type: "object" },
  changes: listOf(object("ImportChange", { code: TEXT, location: TEXT, message: TEXT })),
  diagnostics: DIAGNOSTICS.properties?.["diagnostics"] ?? {},
});

export const IMPORT_ROUTE: OwnRoute = {
  method: "POST",
  path: "/api/import",
  id: "ImportDefinition",
  summary: "Makes a definition that runs of pasted text, and lists every change; nothing is created",
  query: [],
  resource: "*",
  body: { schema: PASTED, maxBytes: MAX_BODY_BYTES },
  status: 200,
  answer: IMPORTED,
  handle: answerImport,
};

async function answerImport({ context: { config }, body }: RestRequest): Promise<Response> {
  const request = readBody(body);
  if ("pointer" in request) return problem(400, request.detail, [request]);
  const result = importDefinition(request.text, request.type, config);
  if (!("fault" in result)) return jsonResponse(show(result));
  const { message, line, column } = result.fault;
  const detail = `No definition can be read in line ${line}, column ${column}: ${message}`;
  return problem(400, detail, [{ pointer: "/text", detail }]);
}

function readBody(body: JsonObject): { readonly text: string; readonly type: StateMachineType } | ProblemCause {
  const text = memberOf(body, "text");
  if (typeof text !== "string") return { pointer: "/text", detail: "'text' must be the text that was pasted" };
  if (text.length > MAX_DEFINITION_CHARACTERS)
    return { pointer: "/text", detail: `'text' may have ${MAX_DEFINITION_CHARACTERS} characters` };
  const type = memberOf(body, "type") ?? "STANDARD";
  if (type !== "STANDARD" && type !== "EXPRESS") return { pointer: "/type", detail: "'type' is STANDARD or EXPRESS" };
  return { text, type };
}

/** The definition goes out as it is written: its numbers keep their digits. */
function show({ definition, ...others }: ImportedDefinition): string {
  const rest = JSON.stringify(others);
  return definition === undefined ? rest : `{"definition":${definition},${rest.slice(1)}`;
}
