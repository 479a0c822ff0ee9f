/** Looks for texts in all files of a folder: what must not be stored in the clear. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files that hold one of the texts, in UTF-8 or in UTF-16. */
export function filesHolding(folder: string, texts: readonly string[]): readonly string[] {
  const wanted = texts.flatMap((text) => [Buffer.from(text), Buffer.from(text, "utf16le")]);
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    if (wanted.some((text) => bytes.includes(text))) found.push(path);
  }
  return found;
}
