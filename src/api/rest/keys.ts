/**
 * Keys: who may call the API. Whoever may create keys may do everything, as a key may have any policy.
 *
 * K1. A secret is in the answer to the request that made it, and in no other.
 */
import { memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import * as store from "../../runtime/access-keys.ts";
import { forgetReads } from "../../runtime/recent-reads.ts";
import { hashOf, newAccessKey, newBearerKey } from "../auth/key-texts.ts";
import { isLoopback } from "../auth/loopback.ts";
import { readPolicy } from "../auth/policy.ts";
import { findReadyMade, READY_MADE } from "../auth/ready-made-policies.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { instantOf } from "./instant.ts";
import { problem } from "./problem.ts";
import { refusal, Refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, object, oneOf, pageOf, TEXT, type JsonSchema } from "./schema.ts";

const LIST = "keys";
const NAME = /^[\w+=,.@-]{1,64}$/u;
const MAX_BODY_BYTES = 32_768;
const DAY_SECONDS = 86_400;
const MAX_GRACE_SECONDS: number = 30 * DAY_SECONDS;

const POLICY: JsonSchema = {
  description: `What the key may do: ${Object.keys(READY_MADE).join(", ")}, or a policy as IAM has it: {"Statement": …}`,
};

const EXPIRY: JsonSchema = { ...INSTANT, description: "When the key ends" };

const KEY_MEMBERS = {
  id: { ...TEXT, description: "The access key ID, or the id within a bearer key" },
  name: TEXT,
  kind: oneOf("access", "bearer"),
  policy: POLICY,
  createdAt: INSTANT,
  "expiresAt?": INSTANT,
  "disabledAt?": INSTANT,
  "lastUsedAt?": { ...INSTANT, description: "To the hour" },
};
const KEY = object("Key", KEY_MEMBERS);
const NEW_KEY = object("NewKey", {
  ...KEY_MEMBERS,
  "secretAccessKey?": { ...TEXT, description: "An access key's; it is not shown again" },
  "token?": { ...TEXT, description: "A bearer key, for Authorization: Bearer; it is not shown again" },
});

const WISH: JsonSchema = {
  title: "CreateKeyRequest",
  type: "object",
  properties: {
    name: { type: "string", pattern: NAME.source, description: "Whose it is; two keys of a name live at a time" },
    kind: {
      ...oneOf("access", "bearer"),
      description: "access: AWS's clients sign with it. bearer: for REST. access if absent",
    },
    policy: POLICY,
    expiresAt: EXPIRY,
  },
  required: ["name", "policy"],
  additionalProperties: false,
};

const CHANGE: JsonSchema = {
  title: "UpdateKeyRequest",
  type: "object",
  properties: { policy: POLICY, expiresAt: EXPIRY, disabled: { type: "boolean" } },
  additionalProperties: false,
};

const ROTATION: JsonSchema = {
  title: "RotateKeyRequest",
  type: "object",
  properties: {
    graceSeconds: {
      type: "integer",
      minimum: 0,
      maximum: MAX_GRACE_SECONDS,
      description: "How long the old key is still good: a day if absent",
    },
  },
  additionalProperties: false,
};

export const KEY_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/keys",
    id: "ListKeys",
    summary: "Lists the keys, without their secrets",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Keys", "keys", KEY),
    handle: async ({ context, query }) => {
      const { db, config } = context;
      const page = await store.listAccessKeys(db, config.accountId, readCursor(LIST, query), readLimit(query));
      return jsonResponse(JSON.stringify({ keys: page.items.map(show), ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "POST",
    path: "/api/keys",
    id: "CreateKey",
    summary: "Makes a key, and shows its secret this once",
    query: [],
    resource: "*",
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: NEW_KEY,
    handle: create,
  },
  {
    method: "POST",
    path: "/api/keys/{keyId}/rotate",
    id: "RotateKey",
    summary: "Makes a key of the same name, kind and policy; the old one ends after a while",
    query: [],
    resource: keyResource,
    body: { schema: ROTATION, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: NEW_KEY,
    handle: rotate,
  },
  {
    method: "PATCH",
    path: "/api/keys/{keyId}",
    id: "UpdateKey",
    summary: "Disables or enables a key, gives it another policy or another end",
    query: [],
    resource: keyResource,
    body: { schema: CHANGE, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: KEY,
    handle: change,
  },
  {
    method: "DELETE",
    path: "/api/keys/{keyId}",
    id: "DeleteKey",
    summary: "Revokes a key for good",
    query: [],
    resource: keyResource,
    status: 204,
    handle: async ({ context, path: { keyId: id = "" } }) => {
      const wasThere = await store.deleteAccessKey(context.db, context.config.accountId, id);
      forgetReads(context.db);
      return wasThere ? new Response(null, { status: 204 }) : unknownKey(id);
    },
  },
];

function keyResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  const { region, accountId } = context.config;
  return `arn:aws:stepflare:${region}:${accountId}:key:${path["keyId"] ?? ""}`;
}

async function create(request: RestRequest): Promise<Response> {
  const { context, body } = request;
  const name = memberOf(body, "name");
  if (typeof name !== "string" || !NAME.test(name))
    throw refusal("/name", "'name' must be 1 to 64 letters, digits or any of _+=,.@-");
  const kind = memberOf(body, "kind") ?? "access";
  if (kind !== "access" && kind !== "bearer") throw refusal("/kind", "'kind' must be access or bearer");
  const made = make(request, kind);
  const key = {
    ...made.key,
    name,
    policy: policyText(memberOf(body, "policy") ?? null),
    createdAt: context.now(),
    expiresAt: readExpiry(body, context.now()) ?? null,
  };
  const stored = await store.createAccessKey(context.db, context.config.accountId, key);
  return stored === undefined ? tooMany(name) : jsonResponse(JSON.stringify({ ...show(stored), ...made.shown }));
}

async function rotate(request: RestRequest): Promise<Response> {
  const { context, body, path } = request;
  const { keyId: id = "" } = path;
  const grace = memberOf(body, "graceSeconds") ?? DAY_SECONDS;
  if (typeof grace !== "number" || !Number.isInteger(grace) || grace < 0 || grace > MAX_GRACE_SECONDS)
    throw refusal("/graceSeconds", `'graceSeconds' must be a whole number from 0 to ${MAX_GRACE_SECONDS}`);
  const { db, config } = context;
  const old = await store.findAccessKey(db, config.accountId, id);
  if (old === undefined) return unknownKey(id);
  const made = make(request, old.kind);
  const createdAt = context.now();
  const key = { ...made.key, name: old.name, policy: old.policy, createdAt, expiresAt: old.expiresAt };
  const replaced = { id, expiresAt: createdAt + grace * 1000 };
  const stored = await store.replaceAccessKey(db, config.accountId, key, replaced);
  forgetReads(db);
  return stored === undefined ? tooMany(old.name) : jsonResponse(JSON.stringify({ ...show(stored), ...made.shown }));
}

async function change({ context, path, body }: RestRequest): Promise<Response> {
  const { keyId: id = "" } = path;
  const policy = memberOf(body, "policy");
  const disabled = memberOf(body, "disabled");
  if (disabled !== undefined && typeof disabled !== "boolean")
    throw refusal("/disabled", "'disabled' must be true or false");
  const expiresAt = readExpiry(body, context.now());
  const stored = await store.changeAccessKey(context.db, context.config.accountId, id, {
    ...(policy !== undefined && { policy: policyText(policy) }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(disabled !== undefined && { disabledAt: disabled ? context.now() : null }),
  });
  forgetReads(context.db);
  return stored === undefined ? unknownKey(id) : jsonResponse(JSON.stringify(show(stored)));
}

interface MadeKey {
  /** What is kept. */
  readonly key: Pick<store.StoredKey, "id" | "kind" | "secret">;
  /** What is shown this once. */
  readonly shown: { readonly secretAccessKey: string } | { readonly token: string };
}

function make({ context, request }: RestRequest, kind: "access" | "bearer"): MadeKey {
  if (kind === "bearer") {
    const { id, token } = newBearerKey(isLoopback(request.url) ? "local" : "live");
    return { key: { id, kind, secret: hashOf(token) }, shown: { token } };
  }
  const { sealer } = context;
  if (!sealer.isSecret)
    throw new Refusal(
      problem(
        501,
        "An access key's secret is sealed by SECRET_KEYS, which is not set: openssl rand -base64 32 | npx wrangler secret put SECRET_KEYS",
      ),
    );
  const { accessKeyId, secretAccessKey } = newAccessKey();
  return {
    key: { id: accessKeyId, kind, secret: sealer.seal(secretAccessKey, "access-key") },
    shown: { secretAccessKey },
  };
}

function policyText(given: Json): string {
  if (typeof given === "string" && findReadyMade(given) !== undefined) return given;
  const read = readPolicy(given);
  if ("policy" in read) return JSON.stringify(given);
  throw refusal("/policy", `'policy' must be ${Object.keys(READY_MADE).join(", ")} or a policy: ${read.fault}`);
}

/** undefined: nothing is said. null: never. */
function readExpiry(body: JsonObject, now: number): number | null | undefined {
  const given = memberOf(body, "expiresAt");
  if (given === undefined || given === null) return given;
  const at = typeof given === "string" ? instantOf(given) : undefined;
  if (at === undefined || at <= now)
    throw refusal("/expiresAt", "'expiresAt' must be a moment to come, in ISO 8601, or null");
  return at;
}

function show(key: store.AccessKeyRecord): object {
  const { id, name, kind, policy, createdAt, expiresAt, disabledAt, lastUsedAt } = key;
  return {
    id,
    name,
    kind,
    policy: policy.startsWith("{") ? (JSON.parse(policy) as unknown) : policy,
    createdAt: isoOf(createdAt),
    ...(expiresAt !== null && { expiresAt: isoOf(expiresAt) }),
    ...(disabledAt !== null && { disabledAt: isoOf(disabledAt) }),
    ...(lastUsedAt !== null && { lastUsedAt: isoOf(lastUsedAt) }),
  };
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}

function tooMany(name: string): Response {
  return problem(409, `'${name}' has ${store.MAX_LIVE_KEYS} live keys; revoke or disable one of them first`);
}

function unknownKey(id: string): Response {
  return problem(404, `There is no key '${id}'`);
}
