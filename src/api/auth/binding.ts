/**
 * Other Workers of the same Cloudflare account: they reach the API through a service binding to this entrypoint, and need no
 * key. No request from outside gets to a named entrypoint, and what a binding may do is written where it is configured:
 *
 *     [[services]]
 *     binding = "STEPFLARE"
 *     service = "stepflare"
 *     entrypoint = "BoundApi"
 *     props = { name = "shop", policy = "start-only" }
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/rpc/#named-entrypoints
 */
import type { Json } from "../../asl/json.ts";
import { readPolicy, type Policy } from "./policy.ts";
import { policyPrincipal, type Principal } from "./principal.ts";
import { findReadyMade, READY_MADE } from "./ready-made-policies.ts";

/** What a binding's `props` hold. Without a policy it may do everything: whoever may bind may also write a policy. */
export interface BindingProps {
  /** For refusals and logs; `worker` if absent. */
  readonly name?: string;
  /** The name of a ready-made policy, or a policy. */
  readonly policy?: Json;
}

/** Throws an Error that says what `props.policy` takes. */
export function boundPrincipal(accountId: string, { name = "worker", policy }: BindingProps): Principal {
  return policyPrincipal(accountId, "role/binding/", name, policyOf(policy ?? "admin"));
}

function policyOf(given: Json): Policy {
  const readyMade = typeof given === "string" ? findReadyMade(given) : undefined;
  if (readyMade !== undefined) return readyMade;
  const read = readPolicy(given);
  if ("policy" in read) return read.policy;
  const names = Object.keys(READY_MADE).join(", ");
  throw new Error(`props.policy of a service binding to BoundApi must be one of ${names}, or a policy: ${read.fault}`);
}
