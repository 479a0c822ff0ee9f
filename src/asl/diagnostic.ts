/**
 * What is wrong with a definition, and where.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
 */

export type DiagnosticSeverity = "ERROR" | "WARNING";

/** AWS's codes: not JSON at all, a field that is wrong, a Next that leads nowhere, a name used twice. */
export type DiagnosticCode =
  | "INVALID_JSON_DESCRIPTION"
  | "SCHEMA_VALIDATION_FAILED"
  | "MISSING_TRANSITION_TARGET"
  | "DUPLICATE_STATE_NAME";

export interface Diagnostic {
  readonly severity: DiagnosticSeverity;
  readonly code: DiagnosticCode;
  readonly message: string;
  /** JSON pointer of the field, such as `/States/Hold/Seconds`; absent where AWS gives none. */
  readonly location?: string;
}
