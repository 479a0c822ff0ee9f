/** What comes out of reading a part of a definition, beside the part itself. */
import type { Diagnostic } from "./diagnostic.ts";

export interface Findings {
  readonly diagnostics: Diagnostic[];
  /** The workflow variables that the paths and expressions of one state read. */
  readonly variables: Set<string>;
}

/** The members of `$states` that exist in some places only. */
export type StatesMember = "result" | "errorOutput";
