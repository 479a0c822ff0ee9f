/** A service binding to the entrypoint BoundApi: in without a key, bounded by the binding's props. */
import { createExecutionContext } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import { BoundApi } from "../../src/index.ts";
import { bindings, prepareCatalogue } from "./words.ts";

const CLOSED = { ...bindings, OPEN_ON_LOOPBACK: "false" };

beforeAll(prepareCatalogue);

/** What the binding's caller is answered. The host is whatever that Worker writes. */
async function call(
  props: object,
  operation: string,
  input: object,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const ctx = Object.assign(createExecutionContext(), { props });
  const bound = new BoundApi(ctx, CLOSED);
  const headers = { "x-amz-target": `AWSStepFunctions.${operation}` };
  const request = new Request("https://stepflare.internal/", { method: "POST", headers, body: JSON.stringify(input) });
  const response = (await bound.fetch?.(request)) as Response;
  return { status: response.status, body: await response.json() };
}

test("may do everything where its props say nothing", async () => {
  expect(await call({}, "CreateActivity", { name: "hands" })).toMatchObject({ status: 200 });
});

test("may do what the policy in its props allows", async () => {
  const props = { name: "shop", policy: "read-only" };
  expect(await call(props, "ListActivities", {})).toMatchObject({ status: 200 });
  expect(
    await call(props, "DeleteActivity", { activityArn: "arn:aws:states:us-east-1:123456789012:activity:hands" }),
  ).toMatchObject({
    status: 400,
    body: { __type: "AccessDeniedException", message: expect.stringContaining("role/binding/shop is not authorized") },
  });
});
