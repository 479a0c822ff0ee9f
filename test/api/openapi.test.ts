import { validate } from "@hyperjump/json-schema/openapi-3-1";

import { expect, test } from "vitest";
import { ROUTES } from "../../src/api/rest/router.ts";
import { INPUTS } from "../../src/api/shapes.ts";
import { Fixture } from "./fixture.ts";
import type { Json } from "./rest-client.ts";

async function documentOf(): Promise<Json> {
  return (await new Fixture().fetch("/api/openapi.json", {})).json();
}

test("the document is an OpenAPI 3.1 document, its schemas included", async () => {
  const document = await documentOf();
  const output = await validate("https://spec.openapis.org/oas/3.1/schema-base", document, "BASIC");
  expect(output).toEqual({ valid: true });
});

test("a document that is none would be found out", async () => {
  const document = await documentOf();
  document.paths["/api/health"].get.responses["200"].content["application/json"].schema = { type: "nonsense" };
  expect((await validate("https://spec.openapis.org/oas/3.1/schema-base", document)).valid).toBe(false);
});

test("every route is in the document, with a name of its own and all parameters of its path", async () => {
  const { paths } = await documentOf();
  const ids = ROUTES.map(({ method, path }) => paths[path][method.toLowerCase()].operationId as string);
  expect(new Set(ids).size).toBe(ROUTES.length);
  for (const { method, path } of ROUTES) {
    const parameters = (paths[path][method.toLowerCase()].parameters ?? []) as { in: string; name: string }[];
    const inPath = parameters.filter((x) => x.in === "path").map((x) => `{${x.name}}`);
    expect(path.match(/\{\w+\}/gu) ?? []).toEqual(inPath);
  }
});

test("every operation of the service has a route", () => {
  const performed = new Set(ROUTES.flatMap((route) => ("operation" in route ? [route.operation] : [])));
  expect(performed).toEqual(new Set(Object.keys(INPUTS)));
});

test("a request's body has the bounds that are checked", async () => {
  const { components } = await documentOf();
  expect(components.schemas.CreateStateMachineRequest).toMatchObject({
    required: ["name", "definition", "roleArn"],
    properties: { name: { type: "string", minLength: 1, maxLength: 80 }, type: { enum: ["STANDARD", "EXPRESS"] } },
    additionalProperties: false,
  });
  expect(components.schemas.UpdateStateMachineRequest.properties).not.toHaveProperty("stateMachineArn");
});
