/** What an answer holds, as far as there is room for it. */

export type AnswerText =
  | { readonly kind: "text"; readonly text: string }
  /** More than there is room for; reading has stopped. */
  | { readonly kind: "too large"; readonly beginning: string }
  /** Not UTF-8, which JSON is; shown with what could be read. */
  | { readonly kind: "not text"; readonly shown: string };

/** What a byte order mark takes, which is not part of the text. */
const MARK_BYTES = 3;

/** The body's text; of a larger one no more is read. @param maxBytes counted after decompression */
export async function readText(response: Response, maxBytes: number): Promise<AnswerText> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body !== null) {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > maxBytes + MARK_BYTES) return { kind: "too large", beginning: decoded(chunks) };
    }
  }
  try {
    return { kind: "text", text: decoded(chunks, true) };
  } catch {
    return { kind: "not text", shown: decoded(chunks) };
  }
}

function decoded(chunks: readonly Uint8Array[], fatal = false): string {
  const decoder = new TextDecoder("utf-8", { fatal, ignoreBOM: false });
  const texts = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
  return texts.join("") + decoder.decode();
}
