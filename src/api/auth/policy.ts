/**
 * Policies: the part of IAM's grammar that says who may do what. A `Deny` that matches wins, then an `Allow`; what no
 * statement speaks of is not allowed.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { isArray, isObject, type Json, type JsonObject } from "../../asl/json.ts";
import { matchesArn, matchesWildcard } from "./wildcard.ts";

export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** Patterns in lower case: IAM's actions know no case. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export type Policy = readonly Statement[];

export type Verdict = "allowed" | "denied" | "not allowed";

export function verdictOf(policy: Policy, action: string, resource: string): Verdict {
  const lower = action.toLowerCase();
  const fitting = policy.filter(
    ({ actions, resources }) =>
      actions.some((pattern) => matchesWildcard(pattern, lower)) &&
      resources.some((pattern) => matchesArn(pattern, resource)),
  );
  if (fitting.some(({ effect }) => effect === "Deny")) return "denied";
  return fitting.length > 0 ? "allowed" : "not allowed";
}

/** IAM's bound for a managed policy. */
export const MAX_POLICY_CHARACTERS = 6144;

/** The policy, or what is wrong with it: what it does not know it refuses, so that no condition is overlooked. */
export function readPolicy(value: Json): { readonly policy: Policy } | { readonly fault: string } {
  if (!isObject(value)) return { fault: "a policy is an object with a Statement" };
  if (JSON.stringify(value).length > MAX_POLICY_CHARACTERS)
    return { fault: `a policy has at most ${MAX_POLICY_CHARACTERS} characters` };
  const unknown = Object.keys(value).find((member) => !["Version", "Id", "Statement"].includes(member));
  if (unknown !== undefined) return { fault: `a policy has no member '${unknown}'` };
  const given = value["Statement"] ?? null;
  const policy: Statement[] = [];
  for (const item of isArray(given) ? given : [given]) {
    const statement = isObject(item) ? readStatement(item) : "a Statement is an object, or a list of objects";
    if (typeof statement === "string") return { fault: statement };
    policy.push(statement);
  }
  return policy.length === 0 ? { fault: "a policy has at least one Statement" } : { policy };
}

function readStatement(statement: JsonObject): Statement | string {
  const unknown = Object.keys(statement).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined) return `a Statement has no member '${unknown}' here, but ${MEMBERS.join(", ")}`;
  const { Effect: effect, Action: action = null, Resource: resource = null } = statement;
  if (effect !== "Allow" && effect !== "Deny") return "an Effect is Allow or Deny";
  const actions = texts(action);
  if (actions === undefined || !actions.every((text) => ACTION.test(text)))
    return "an Action is a pattern such as states:StartExecution, stepflare:* or *, or a list of them";
  const resources = texts(resource);
  if (resources === undefined || !resources.every((text) => text === "*" || text.startsWith("arn:")))
    return "a Resource is *, or the pattern of an ARN, or a list of them";
  return { effect, actions: actions.map((text) => text.toLowerCase()), resources };
}

const MEMBERS = ["Sid", "Effect", "Action", "Resource"];
const ACTION = /^(?:\*|(?:states|stepflare):[\w*?]+)$/iu;

/** A text, or a list of at least one. */
function texts(value: Json): readonly string[] | undefined {
  if (typeof value === "string") return [value];
  return isArray(value) && value.length > 0 && value.every((item) => typeof item === "string") ? value : undefined;
}
