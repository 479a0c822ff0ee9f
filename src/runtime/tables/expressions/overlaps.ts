/** Paths of one expression that lead to the same place, or through the same place in different ways. */
import { pathText, type DocumentPath } from "./document-path.ts";

export type PathFault = "overlap" | "conflict";

const REWRITE = "must remove or rewrite one of these paths";

/** What takes note of a fault. */
interface PathFaults {
  add(kind: PathFault, message: string): void;
}

export function addOverlaps(faults: PathFaults, paths: readonly DocumentPath[]): void {
  paths.forEach((path, index) => {
    for (const before of paths.slice(0, index)) {
      const kind = faultOf(before, path);
      if (kind === undefined) continue;
      const what = kind === "overlap" ? "overlap with" : "conflict with";
      const which = `path one: ${pathText(before)}, path two: ${pathText(path)}`;
      faults.add(kind, `Two document paths ${what} each other; ${REWRITE}; ${which}`);
    }
  });
}

function faultOf(a: DocumentPath, b: DocumentPath): PathFault | undefined {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    // A list's element and a map's member in the same place.
    if (typeof a[i] !== typeof b[i]) return "conflict";
    if (a[i] !== b[i]) return undefined;
  }
  return "overlap";
}
