/**
 * What the caller is told when they asked for something they cannot have: the service's own exception names.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
 */

/** Every exception name, and the HTTP status that goes with it. */
const STATUS = {
  ActivityAlreadyExists: 400,
  ActivityDoesNotExist: 400,
  ActivityLimitExceeded: 400,
  ActivityWorkerLimitExceeded: 400,
  ConflictException: 409,
  ExecutionAlreadyExists: 400,
  ExecutionDoesNotExist: 400,
  ExecutionLimitExceeded: 400,
  ExecutionNotRedrivable: 400,
  InvalidArn: 400,
  InvalidDefinition: 400,
  InvalidEncryptionConfiguration: 400,
  InvalidExecutionInput: 400,
  InvalidLoggingConfiguration: 400,
  InvalidName: 400,
  InvalidOutput: 400,
  InvalidToken: 400,
  InvalidTracingConfiguration: 400,
  KmsAccessDeniedException: 400,
  KmsInvalidStateException: 400,
  KmsThrottlingException: 400,
  MissingRequiredParameter: 400,
  ResourceNotFound: 400,
  ServiceQuotaExceededException: 402,
  StateMachineAlreadyExists: 400,
  StateMachineDeleting: 400,
  StateMachineDoesNotExist: 400,
  StateMachineLimitExceeded: 400,
  StateMachineTypeNotSupported: 400,
  TaskDoesNotExist: 400,
  TaskTimedOut: 400,
  TooManyTags: 400,
  ValidationException: 400,
  // Not modelled by any operation: what every AWS service may answer.
  AccessDeniedException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  InvalidSignatureException: 400,
  MissingAuthenticationTokenException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  InternalFailure: 500,
  ServiceUnavailable: 503,
  // Ours: what AWS can do and Stepflare cannot yet.
  UnsupportedOperation: 400,
} as const;

export type ApiErrorName = keyof typeof STATUS;

/** Members that some exceptions carry beside their message. */
export interface ApiErrorDetails {
  readonly reason?: string;
  readonly resourceName?: string;
}

/** Ends a request; whoever answers it turns this into AWS's error body. */
export class ApiError extends Error {
  override readonly name: ApiErrorName;
  readonly details: ApiErrorDetails;
  /** When it may be tried again, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(name: ApiErrorName, message: string, details: ApiErrorDetails = {}, retryAfterSeconds?: number) {
    super(message);
    this.name = name;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function statusOf(name: ApiErrorName): number {
  return STATUS[name];
}

/** What a caller is told of an object that is asked too often; SDKs wait and try again. */
export function rateExceeded(retryAfterSeconds: number): ApiError {
  return new ApiError("ThrottlingException", "Rate exceeded", {}, retryAfterSeconds);
}
