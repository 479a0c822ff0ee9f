/** Who is let in, as wrangler.toml says it: checked, with messages that name the setting and what it takes. */
import { isObject, type Json } from "../../asl/json.ts";
import { createSealer, type Sealer } from "../../runtime/sealing.ts";
import { readRate, type Rate } from "../throttling.ts";
import { readPolicy, type Policy } from "./policy.ts";
import { findReadyMade, READY_MADE } from "./ready-made-policies.ts";

export interface AccessEnv {
  readonly ACCOUNT_ID?: string;
  /** A secret: `wrangler secret put SECRET_KEYS`. */
  readonly SECRET_KEYS?: string;
  readonly OPEN_ON_LOOPBACK?: string;
  readonly ALLOW_UNAUTHENTICATED?: string;
  readonly SIGNED_HOSTS?: string;
  readonly KEY_THROTTLING?: string;
  readonly ACCESS_TEAM_DOMAIN?: string;
  readonly ACCESS_AUD?: string;
  /** A table, or its JSON text. */
  readonly ACCESS_POLICIES?: unknown;
}

/** Cloudflare Access in front of the console. */
export interface AccessTeam {
  /** `https://team.cloudflareaccess.com`. */
  readonly issuer: string;
  /** The application's; several where there are several applications. */
  readonly audiences: readonly string[];
  /** By an e-mail address in lower case, `*@domain`, a service token's client id, or `*`. */
  readonly policies: ReadonlyMap<string, Policy>;
}

export interface AccessSettings {
  readonly accountId: string;
  /** Who needs no key. */
  readonly openTo: "nobody" | "loopback" | "everybody";
  /** Opens stored secrets; undefined: SECRET_KEYS is not set, and there are no keys. */
  readonly sealer: Sealer | undefined;
  /** Further hosts that a request may be signed for. */
  readonly hosts: readonly string[];
  /** Of each key's calls; undefined: any. */
  readonly callRate: Rate | undefined;
  readonly team: AccessTeam | undefined;
}

/** Throws an Error. */
export function readAccessSettings(env: AccessEnv): AccessSettings {
  const sealer = createSealer(env.SECRET_KEYS);
  const everybody = readSwitch("ALLOW_UNAUTHENTICATED", env.ALLOW_UNAUTHENTICATED);
  const loopback = readSwitch("OPEN_ON_LOOPBACK", env.OPEN_ON_LOOPBACK);
  return {
    accountId: env.ACCOUNT_ID ?? "123456789012",
    openTo: everybody ? "everybody" : loopback ? "loopback" : "nobody",
    sealer: sealer.isSecret ? sealer : undefined,
    hosts: listOf(env.SIGNED_HOSTS),
    callRate: isSet(env.KEY_THROTTLING) ? readCallRate(env.KEY_THROTTLING) : undefined,
    team: readTeam(env),
  };
}

/** The settings of that environment, read once as long as it stays. */
export function accessSettingsOnce(): (env: AccessEnv) => AccessSettings {
  let known: { readonly env: AccessEnv; readonly settings: AccessSettings } | undefined;
  return (env) => {
    if (known?.env !== env) known = { env, settings: readAccessSettings(env) };
    return known.settings;
  };
}

function readSwitch(name: string, value = "false"): boolean {
  if (value !== "true" && value !== "false" && value !== "") throw new Error(`${name} must be "true" or "false"`);
  return value === "true";
}

function readCallRate(text: string): Rate {
  const rate = readRate(text);
  if (rate === undefined)
    throw new Error('KEY_THROTTLING must be a bucket and its rate per second for each key, such as "200/50"');
  return rate;
}

function readTeam(env: AccessEnv): AccessTeam | undefined {
  const { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUD: audience } = env;
  const policies = readPolicies(env.ACCESS_POLICIES);
  if (!isSet(domain) && !isSet(audience) && policies.size === 0) return undefined;
  if (!isSet(domain) || !TEAM.test(domain))
    throw new Error(
      'ACCESS_TEAM_DOMAIN must be the team domain of Cloudflare Access, such as "team.cloudflareaccess.com"',
    );
  const audiences = listOf(audience);
  if (audiences.length === 0 || !audiences.every((tag) => /^[0-9a-f]{16,128}$/u.test(tag)))
    throw new Error(
      "ACCESS_AUD must be the Application Audience (AUD) tag of the Access application, or several, separated by commas",
    );
  if (policies.size === 0) throw new Error(`ACCESS_POLICIES must say who may do what: ${POLICIES_TAKES}`);
  return { issuer: `https://${domain.replace(/^https:\/\//u, "").replace(/\/$/u, "")}`, audiences, policies };
}

const TEAM = /^(?:https:\/\/)?[\w-]+(?:\.[\w-]+)+\/?$/u;

const POLICIES_TAKES = `it must be a JSON object from e-mail addresses, "*@example.com", client ids of service tokens or "*" to one of ${Object.keys(READY_MADE).join(", ")}, or to a policy`;

function readPolicies(given: unknown): ReadonlyMap<string, Policy> {
  if (given === undefined || given === "") return new Map();
  const table = typeof given === "string" ? parsed(given) : (given as Json);
  if (!isObject(table)) throw new Error(`ACCESS_POLICIES: ${POLICIES_TAKES}`);
  return new Map(Object.entries(table).map(([who, value]) => [who.toLowerCase(), policyOf(who, value)]));
}

function policyOf(who: string, value: Json): Policy {
  const policy = typeof value === "string" ? findReadyMade(value) : undefined;
  if (policy !== undefined) return policy;
  const read = readPolicy(value);
  if ("policy" in read) return read.policy;
  throw new Error(`ACCESS_POLICIES, '${who}': ${read.fault}; ${POLICIES_TAKES}`);
}

/** undefined: the text is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? "").split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]));
}
