/** What an import changed in a text that was pasted, so that nothing is changed silently. */

export type ImportChangeCode =
  /** The text around the definition, comments, trailing commas, quotation marks. */
  | "TEXT_TIDIED"
  | "DEFINITION_UNWRAPPED"
  | "STATES_WRAPPED"
  | "START_ADDED"
  | "STATE_ADDED"
  | "STATE_REMOVED"
  | "TRANSITION_ADDED"
  | "TRANSITION_REMOVED"
  | "TYPE_ADDED"
  | "BRANCH_ADDED"
  | "LIST_ADDED"
  | "PLACEHOLDER_FILLED"
  | "CONFIGURATION_MOVED"
  | "FIELD_REMOVED";

export interface ImportChange {
  readonly code: ImportChangeCode;
  /** For people, a sentence. */
  readonly message: string;
  /** Where, as diagnostics write it; `/` is the definition as a whole. */
  readonly location: string;
}

/** Takes down one change. */
export type Note = (code: ImportChangeCode, location: string, message: string) => void;
