/** How deep the requests of tasks are that led to this one: what it starts goes on from there. */
import { readCallDepth } from "../runtime/outbound/call-depth.ts";
import type { ApiContext } from "./context.ts";

export function withCallDepth(context: ApiContext, { headers }: Request): ApiContext {
  const callDepth = readCallDepth(headers);
  return callDepth === undefined ? context : { ...context, callDepth };
}
