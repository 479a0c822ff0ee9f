/**
 * What a name may be.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html (name)
 */
import { ApiError } from "./api-error.ts";

/** White space, brackets, wildcards, special characters, and what cannot be seen. A character beyond U+FFFF is two surrogates. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/;

/** Throws InvalidName where AWS would; the length is the constraints' matter. */
export function checkName(name: string): void {
  if (FORBIDDEN.test(name)) throw new ApiError("InvalidName", `Invalid Name: '${name}'`);
}
