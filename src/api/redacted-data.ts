/** Who is shown what a state machine's redacted paths hide. */
import type { ApiContext } from "./context.ts";

/** @param resource the execution's ARN, or its state machine's where many are looked through */
export function maySeeRedacted({ principal }: ApiContext, resource: string): boolean {
  return principal.may("stepflare:ReadRedactedData", resource);
}
