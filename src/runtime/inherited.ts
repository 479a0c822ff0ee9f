/** What goes on from an execution to its Map Runs, and from them to their children. */
import type { Inherited } from "./execution-rpc.ts";

export function inheritedOf({ callDepth, redactedPaths }: Inherited): Inherited {
  return { ...(callDepth !== undefined && { callDepth }), ...(redactedPaths !== undefined && { redactedPaths }) };
}
