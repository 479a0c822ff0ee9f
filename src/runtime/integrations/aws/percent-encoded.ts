/** As RFC 3986 has it, and signatures of AWS: all but letters, digits and `-._~`. */
export function percentEncoded(text: string): string {
  const encode = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/gu, encode);
}
