/** What AWS can do and Stepflare cannot yet: said plainly, never pretended. */
import { ApiError } from "./api-error.ts";

/** `what` stands in the sentence, such as the name of an operation. */
export function unsupported(what: string): ApiError {
  return new ApiError("UnsupportedOperation", `Stepflare does not support ${what} yet.`);
}
