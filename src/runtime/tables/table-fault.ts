/** What DynamoDB answers instead of what it was asked: the exception's name, its message, and what else the exception holds. */
import type { JsonObject } from "../../asl/json.ts";

export type TableFaultCode =
  | "ConditionalCheckFailedException"
  | "ResourceInUseException"
  | "ResourceNotFoundException"
  | "TransactionCanceledException"
  | "IdempotentParameterMismatchException"
  | "ValidationException";

export class TableFault extends Error {
  readonly code: TableFaultCode;
  /** Members of the exception beside its message: `Item`, `CancellationReasons`. */
  readonly details: JsonObject;

  constructor(code: TableFaultCode, message: string, details: JsonObject = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The request is wrong in itself. */
export function invalid(message: string): TableFault {
  return new TableFault("ValidationException", message);
}

/** One of the request's values is. */
export function invalidValue(message: string): TableFault {
  return invalid(`One or more parameter values were invalid: ${message}`);
}
