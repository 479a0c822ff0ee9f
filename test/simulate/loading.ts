/**
 * How the sources are loaded in a simulation: as they are, but for what the platform itself gives them.
 *
 * `cloudflare:workers` is that of test/platform; the outlets of observability are the simulation's ears. A mutant is a source in
 * which one text is replaced; nothing is written to disk.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import type { Mutant } from "./mutants.ts";

const SOURCES = new URL("../../src/", import.meta.url);
const BASE_CLASSES = new URL("../platform/cloudflare-workers.ts", import.meta.url).href;

/** To be called before any source is imported. */
export function prepareLoading(mutant: Mutant | undefined): void {
  const ears = new URL("ears.ts", import.meta.url).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "cloudflare:workers") return next(BASE_CLASSES, context);
      return next(specifier.endsWith("/observe/platform.ts") ? ears : specifier, context);
    },
    load(url, context, next) {
      if (mutant === undefined || url !== new URL(mutant.file, SOURCES).href) return next(url, context);
      return { format: "module-typescript", source: mutated(mutant), shortCircuit: true };
    },
  });
}

/** The source with its bug. @throws where the text to be replaced does not stand there exactly once */
export function mutated({ file, find, replace }: Mutant): string {
  const parts = readFileSync(new URL(file, SOURCES), "utf8").split(find);
  if (parts.length !== 2) throw new Error(`src/${file} has ${parts.length - 1} times:\n${find}`);
  return parts.join(replace);
}
