/**
 * What is wrong with a definition, and where.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
 */

/** AWS's codes, as its reference lists them or its answers show them. */
export type ErrorCode =
  | "INVALID_JSON_DESCRIPTION"
  | "SCHEMA_VALIDATION_FAILED"
  | "MISSING_END_STATE"
  | "MISSING_TRANSITION_TARGET"
  | "DUPLICATE_STATE_NAME"
  | "INVALID_STATE_NAME"
  | "DUPLICATE_LABEL_NAME"
  | "INVALID_LABEL_NAME"
  | "TOO_DEEPLY_NESTED"
  | "INVALID_JSONATA_EXPRESSION"
  | "UNSUPPORTED_JSONATA_EXPRESSION"
  | "INVALID_VARIABLE_NAME"
  | "RESERVED_VARIABLE_NAME"
  | "DUPLICATE_VARIABLE_NAME";

/** The first three are AWS's own; the others say what AWS keeps to itself. */
export type WarningCode =
  | "NO_DOLLAR"
  | "NO_PATH"
  | "PASS_RESULT_IS_STATIC"
  | "POSSIBLY_UNDEFINED_VARIABLE"
  | "TASK_WITHOUT_TIMEOUT"
  | "CALLBACK_WITHOUT_TIMEOUT"
  | "UNREACHABLE_CATCHER"
  | "UNREACHABLE_RETRIER"
  | "LOOP_WITHOUT_WAIT"
  | "PAYLOAD_MAY_EXCEED_QUOTA"
  | "POSSIBLE_SECRET"
  | "UNKNOWN_ACTION"
  | "UNKNOWN_ERROR_NAME"
  | "MISPLACED_FIELD";

export type Diagnostic = {
  readonly message: string;
  /** The field, such as `/States/Hold/Seconds` or `/States/Choose/Choices[0]/Next`; absent where AWS gives none. */
  readonly location?: string;
} & (
  | { readonly severity: "ERROR"; readonly code: ErrorCode }
  | { readonly severity: "WARNING"; readonly code: WarningCode }
);

/** An ERROR; the location of the whole definition is `/`. */
export function errorAt(location: string, message: string, code: ErrorCode = "SCHEMA_VALIDATION_FAILED"): Diagnostic {
  return { severity: "ERROR", code, message, location: location === "" ? "/" : location };
}

export function warningAt(location: string, message: string, code: WarningCode): Diagnostic {
  return { severity: "WARNING", code, message, location };
}
