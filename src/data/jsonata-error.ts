/** What JSONata throws. The library has words of its own for some codes; the reason is kept beside them. */
export function jsonataError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, reason: message });
}
