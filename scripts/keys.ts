/** `npm run keys`: makes, lists, changes and revokes keys of a Stepflare, on this machine or deployed. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hashOf, newBearerKey } from "../src/api/auth/key-texts.ts";

const PROJECT: string = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const USAGE = `npm run keys -- COMMAND [OPTIONS]

  first [NAME]           a first admin key (bearer), written into the database by wrangler; with --local into that of npm start
  create NAME            a key, with --policy admin|read-only|start-only|callback-only|FILE.json and --kind access|bearer
                         (access, for AWS's clients, if nothing is said); --expires 90d
  list
  rotate ID              another key of the same name and policy; the old one ends after --grace 24h
  disable ID, enable ID
  revoke ID              for good

  --endpoint URL         or STEPFLARE_ENDPOINT; http://localhost:8787 if nothing is said
  STEPFLARE_KEY          an admin's bearer key; on this machine none is needed`;

/** What is wrong, in words for whoever typed the command. */
class UsageError extends Error {}

interface Key {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly policy: unknown;
  readonly expiresAt?: string;
  readonly disabledAt?: string;
  readonly lastUsedAt?: string;
  readonly secretAccessKey?: string;
  readonly token?: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    endpoint: { type: "string", default: process.env["STEPFLARE_ENDPOINT"] ?? "http://localhost:8787" },
    policy: { type: "string" },
    kind: { type: "string" },
    expires: { type: "string" },
    grace: { type: "string" },
    local: { type: "boolean", default: false },
    "persist-to": { type: "string", default: ".wrangler/state" },
  },
});

async function run([command, name]: readonly string[]): Promise<void> {
  switch (command) {
    case "first":
      return writeFirst(name ?? "admin");
    case "list":
      return showAll();
    case "create":
      return showNew(await call("POST", "", wishOf(named(name, "NAME"))));
    case "rotate": {
      const grace = values.grace === undefined ? {} : { graceSeconds: secondsOf(values.grace) };
      return showNew(await call("POST", `/${named(name, "ID")}/rotate`, grace));
    }
    case "disable":
    case "enable":
      await call("PATCH", `/${named(name, "ID")}`, { disabled: command === "disable" });
      return console.log(`${name} is ${command}d`);
    case "revoke":
      await call("DELETE", `/${named(name, "ID")}`);
      return console.log(`${name} is revoked`);
    default:
      throw new UsageError(USAGE);
  }
}

function wishOf(name: string): object {
  const { policy, kind, expires } = values;
  if (policy === undefined)
    throw new UsageError("--policy is missing: admin, read-only, start-only, callback-only or a file");
  return {
    name,
    policy: policy.endsWith(".json") ? (JSON.parse(readFileSync(policy, "utf8")) as unknown) : policy,
    ...(kind !== undefined && { kind }),
    ...(expires !== undefined && { expiresAt: new Date(Date.now() + secondsOf(expires) * 1000).toISOString() }),
  };
}

async function showAll(): Promise<void> {
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = (await call("GET", query)) as { readonly keys: readonly Key[]; readonly nextCursor?: string };
    for (const { id, name, kind, policy, expiresAt, disabledAt, lastUsedAt } of page.keys) {
      const state = disabledAt === undefined ? (expiresAt === undefined ? "" : `until ${expiresAt}`) : "disabled";
      const does = typeof policy === "string" ? policy : JSON.stringify(policy);
      console.log([id, name, kind, does, `last used ${lastUsedAt ?? "never"}`, state].join("\t"));
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function showNew(answer: unknown): void {
  const { id, secretAccessKey, token } = answer as Key;
  const lines =
    token === undefined
      ? [`AWS_ACCESS_KEY_ID=${id}`, `AWS_SECRET_ACCESS_KEY=${secretAccessKey ?? ""}`]
      : [`STEPFLARE_KEY=${token}`];
  console.log(lines.join("\n"));
  console.error("It is not shown again.");
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const key = process.env["STEPFLARE_KEY"];
  const headers = {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const url = `${values.endpoint.replace(/\/$/u, "")}/api/keys${path}`;
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new UsageError(`${values.endpoint} does not answer: ${String(error)}`);
  });
  const text = await response.text();
  if (!response.ok) throw new UsageError(`${values.endpoint} refuses with ${response.status}: ${detailOf(text)}`);
  return text === "" ? undefined : JSON.parse(text);
}

function detailOf(text: string): string {
  try {
    return (JSON.parse(text) as { readonly detail?: string }).detail ?? text;
  } catch {
    return text;
  }
}

/** Whoever may write into the database may do everything: only there can a first key come from. */
function writeFirst(name: string): void {
  if (!/^[\w+=,.@-]{1,64}$/u.test(name)) throw new UsageError("A name has 1 to 64 letters, digits or any of _+=,.@-");
  const { id, token } = newBearerKey(values.local ? "local" : "live");
  const row = [id, accountId(), name, "bearer", "admin", hashOf(token), Date.now()].map((value) =>
    JSON.stringify(value).replaceAll('"', "'"),
  );
  const sql = `INSERT INTO access_key (id, account_id, name, kind, policy, secret, created_at) VALUES (${row.join(", ")})`;
  const where = values.local ? ["--local", "--persist-to", resolve(PROJECT, values["persist-to"])] : ["--remote"];
  const wrangler = join(PROJECT, "node_modules/wrangler/bin/wrangler.js");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [wrangler, "d1", "execute", "stepflare", ...where, "--yes", "--command", sql],
    { cwd: PROJECT, encoding: "utf8" },
  );
  if (status !== 0) throw new UsageError(`wrangler could not write the key:\n${stdout}${stderr}`);
  showNew({ id, token });
}

/** Under which the Worker looks for keys. */
function accountId(): string {
  const config = readFileSync(join(PROJECT, "wrangler.toml"), "utf8");
  return /^ACCOUNT_ID *= *"(\d{12})"/mu.exec(config)?.[1] ?? "123456789012";
}

function named(text: string | undefined, what: string): string {
  if (text === undefined) throw new UsageError(`${what} is missing\n\n${USAGE}`);
  return text;
}

/** Of `90d`, `24h`, `30m` or `60s`. */
function secondsOf(text: string): number {
  const [, count, unit = ""] = /^(\d+)([dhms])$/u.exec(text) ?? [];
  if (count === undefined) throw new UsageError(`'${text}' must be a time such as 90d, 24h, 30m or 60s`);
  return Number(count) * ({ d: 86_400, h: 3600, m: 60, s: 1 }[unit] ?? 1);
}

try {
  await run(positionals);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
