/**
 * What is wrong with a definition, and where.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
 */

export type DiagnosticSeverity = "ERROR" | "WARNING";

/** AWS's code for the definition that is not JSON, and for everything else that is wrong in one that is. */
export type DiagnosticCode = "INVALID_JSON_DESCRIPTION" | "SCHEMA_VALIDATION_FAILED";

export interface Diagnostic {
  readonly severity: DiagnosticSeverity;
  readonly code: DiagnosticCode;
  readonly message: string;
  /** JSON pointer of the field, such as `/States/Hold/Seconds`; absent where AWS gives none. */
  readonly location?: string;
}
