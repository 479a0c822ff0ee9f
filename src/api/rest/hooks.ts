/** Webhooks that come in: who may put events or start a state machine by what they sign. */
import type { JsonObject } from "../../asl/json.ts";
import { busArnOf } from "../../runtime/events/bus-event.ts";
import * as store from "../../runtime/hooks/hooks.ts";
import type { Hook } from "../../runtime/hooks/hooks.ts";
import { newSecret } from "../../runtime/webhook.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { HOOK_MEMBERS, readHookSecret, readHookWish } from "./hook-wish.ts";
import { problem } from "./problem.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, object, pageOf, TEXT, type JsonSchema } from "./schema.ts";
import { refuseWithoutKeys } from "./secrets.ts";

const NAME = /^[\w.-]{1,64}$/u;
const MAX_BODY_BYTES = 65_536;
const LIST = "hooks";

const WISH: JsonSchema = {
  ...object("HookRequest", {
    ...HOOK_MEMBERS,
    "secret?": { ...TEXT, description: "What the sender signs with; absent: it stays, or one is made" },
  }),
  additionalProperties: false,
};

const HOOK = object("Hook", {
  name: TEXT,
  path: { ...TEXT, description: "Where its sender posts to" },
  ...HOOK_MEMBERS,
  createdAt: INSTANT,
  updatedAt: INSTANT,
  "secret?": { ...TEXT, description: "Only in the answer to the request for which it was made" },
});

export const HOOK_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/hooks",
    id: "ListHooks",
    summary: "Lists the webhooks that may come in",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Hooks", "hooks", HOOK),
    handle: async ({ context, query }) => {
      const page = await store.listHooks(context.db, readCursor(LIST, query), readLimit(query));
      const hooks = page.items.map((hook) => show(hook));
      return jsonResponse(JSON.stringify({ hooks, ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/hooks/{hook}",
    id: "DescribeHook",
    summary: "Shows a webhook that may come in, without its secret",
    query: [],
    resource: hookResource,
    status: 200,
    answer: HOOK,
    handle: async ({ context, path: { hook: name = "" } }) => {
      const found = await store.findHook(context.db, context.sealer, name);
      return found === undefined ? unknownHook(name) : jsonResponse(JSON.stringify(show(found)));
    },
  },
  {
    method: "PUT",
    path: "/api/hooks/{hook}",
    id: "PutHook",
    summary: "Lets a webhook come in at /hooks/{hook}, or changes what it does",
    query: [],
    resource: hookResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: HOOK,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/hooks/{hook}",
    id: "DeleteHook",
    summary: "Lets a webhook come in no more",
    query: [],
    resource: hookResource,
    status: 204,
    handle: async ({ context, path: { hook: name = "" } }) => {
      const wasThere = await store.deleteHook(context.db, name);
      return wasThere ? new Response(null, { status: 204 }) : unknownHook(name);
    },
  },
];

/** A hook keeps the secret it has while its form of signature stays, unless another is given. */
async function put(request: RestRequest): Promise<Response> {
  const { context, path, body } = request;
  const { hook: name = "" } = path;
  if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a webhook`);
  const wish = readHookWish(request);
  if ("event" in wish)
    context.principal.authorize("stepflare:PutEvents", busArnOf(context.config, wish.event.eventBusName));
  const given = readHookSecret(body, wish.signature);
  refuseWithoutKeys(request);
  const known = await store.findHook(context.db, context.sealer, name);
  const kept = known?.signature.scheme === wish.signature.scheme ? known.secret : undefined;
  const made = newSecret();
  const secret = given ?? kept ?? made;
  const now = context.now();
  const hook: Hook = { ...wish, name, createdAt: known?.createdAt ?? now, updatedAt: now };
  const stored = await store.putHook(context.db, context.sealer, hook, secret);
  return jsonResponse(JSON.stringify(show(stored, secret === made ? made : undefined)));
}

function show(hook: Hook, secret?: string): JsonObject {
  const { name, signature, idHeader, createdAt, updatedAt } = hook;
  return {
    name,
    path: `/hooks/${name}`,
    signature: { ...signature },
    ...("event" in hook ? { event: { ...hook.event } } : { stateMachine: hook.stateMachineArn }),
    ...(idHeader !== undefined && { idHeader }),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    ...(secret !== undefined && { secret }),
  };
}

function hookResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  const { region, accountId } = context.config;
  return `arn:aws:stepflare:${region}:${accountId}:hook:${path["hook"] ?? ""}`;
}

function unknownHook(name: string): Response {
  return problem(404, `There is no webhook '${name}'`);
}
