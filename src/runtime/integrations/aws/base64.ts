/** Blobs: in a state they are texts, on the wire Base64. */

/** Of the text's UTF-8. */
export function encodeBase64(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(binary.join(""));
}

/** The text that was meant; what is not UTF-8 stays in Base64. */
export function decodeBase64(encoded: string): string {
  try {
    const bytes = Uint8Array.from(atob(encoded), (unit) => unit.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return encoded;
  }
}
