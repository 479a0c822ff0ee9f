/** Error names, the codes of diagnostics, the names of the API's errors. */
import type { ApiErrorName } from "../../../src/api/api-error.ts";
import type { ErrorCode, WarningCode } from "../../../src/asl/diagnostic.ts";
import type { StatesErrorName } from "../../../src/asl/error-names.ts";
import { differs, done, naming, noting, notYet, testsIn, type Chapter, type Claim } from "../claim.ts";

const match = testsIn("engine/retry-and-catch")("which names match which failures");
const map = testsIn("engine/map");
const task = testsIn("engine/task");
const flow = testsIn("engine/pass-and-data-flow");
const functions = testsIn("runtime/execution-object")("%s becomes the error that Retriers match");

const NAMES: Readonly<Record<StatesErrorName, Claim>> = {
  "States.ALL": done(match, testsIn("asl/retry-catch")("States.ALL stands alone and last")),
  "States.BranchFailed": done(
    testsIn("engine/error-names")("a failed branch's own error is matched, and %s as any other name"),
  ),
  "States.DataLimitExceeded": done(
    flow("an output of more than 262,144 bytes is States.DataLimitExceeded"),
    task("a result of more than 262,144 bytes is the task's failure, States.DataLimitExceeded"),
  ),
  "States.ExceedToleratedFailureThreshold": done(
    map("tolerated failures"),
    testsIn("e2e/map-run")("children that fail > more than that fail the state, with the threshold's own error"),
  ),
  "States.HeartbeatTimeout": done(task("heartbeats"), match),
  "States.IntrinsicFailure": naming(
    "States.Runtime",
    noting(
      "an intrinsic that fails is States.Runtime, as executions on AWS show, whatever the guide says",
      done(flow("an intrinsic that fails is States.Runtime and names the whole call")),
    ),
  ),
  "States.ItemReaderFailed": done(
    testsIn("e2e/map-run")("children that fail > an object that is not there is States.ItemReaderFailed"),
    testsIn("runtime/item-source")("the items of one object > what cannot be read fails as the reader's failure"),
  ),
  "States.NoChoiceMatched": done(
    testsIn("engine/choice")(
      "where no rule holds and there is no Default, the execution fails with States.NoChoiceMatched",
    ),
  ),
  "States.ParameterPathFailure": naming(
    "States.Runtime",
    noting(
      "a path that finds nothing is States.Runtime, as executions on AWS show, whatever the guide says",
      done(flow("a path that finds nothing ends the execution with States.Runtime")),
    ),
  ),
  "States.Permissions": differs(
    "where the role of a task's Credentials cannot be assumed; a machine's own role is looked up nowhere",
    testsIn("aws/calls")("a task with Credentials > fails, and calls nothing, where STS %s"),
  ),
  "States.QueryEvaluationError": done(testsIn("engine/jsonata")("an expression that fails")),
  "States.ResultPathMatchFailure": done(
    flow("a ResultPath that does not fit the input is States.ResultPathMatchFailure"),
  ),
  "States.ResultWriterFailed": done(
    testsIn("e2e/map-run")("children that fail > a ResultWriter that cannot write is States.ResultWriterFailed"),
    testsIn("runtime/result-writer")(
      "the results of a Map Run > that cannot be written fail as the writer's failure: %j",
    ),
  ),
  "States.Runtime": done(flow("a path that finds nothing ends the execution with States.Runtime"), match),
  "States.TaskFailed": done(match),
  "States.Timeout": done(task("a timeout"), testsIn("engine/stop-and-timeout")("the machine's TimeoutSeconds"), match),
};

/** The test has a row for each code; the compiler sees to that, there as here. */
const told = testsIn("asl/diagnostic-codes")("%s is earned");
const code = done(told);
const ours = differs("Stepflare's own: AWS keeps it to itself", told);
const CODES: Readonly<Record<ErrorCode | WarningCode, Claim>> = {
  INVALID_JSON_DESCRIPTION: code,
  SCHEMA_VALIDATION_FAILED: code,
  MISSING_END_STATE: code,
  MISSING_TRANSITION_TARGET: code,
  DUPLICATE_STATE_NAME: code,
  INVALID_STATE_NAME: code,
  DUPLICATE_LABEL_NAME: code,
  INVALID_LABEL_NAME: code,
  INVALID_JSONATA_EXPRESSION: code,
  UNSUPPORTED_JSONATA_EXPRESSION: code,
  INVALID_VARIABLE_NAME: code,
  RESERVED_VARIABLE_NAME: code,
  DUPLICATE_VARIABLE_NAME: code,
  TOO_DEEPLY_NESTED: code,
  NO_DOLLAR: code,
  NO_PATH: code,
  PASS_RESULT_IS_STATIC: code,
  POSSIBLY_UNDEFINED_VARIABLE: ours,
  TASK_WITHOUT_TIMEOUT: ours,
  CALLBACK_WITHOUT_TIMEOUT: ours,
  UNREACHABLE_CATCHER: ours,
  UNREACHABLE_RETRIER: ours,
  LOOP_WITHOUT_WAIT: ours,
  PAYLOAD_MAY_EXCEED_QUOTA: ours,
  POSSIBLE_SECRET: ours,
  UNKNOWN_ACTION: ours,
  UNKNOWN_ERROR_NAME: ours,
  MISPLACED_FIELD: ours,
};

const ofFunctions = done(functions);

const wire = testsIn("api/hostile-requests");
const sdk = testsIn("e2e/sdk")("what a caller gets wrong is the SDK's own typed error");
const machines = testsIn("api/state-machines");
const executions = testsIn("api/executions");
const activities = testsIn("api/activities-and-tags");
const unlimited = notYet("never answered: there is no such limit");
const limited = differs(
  "where a number is set",
  testsIn("api/quotas")("state machines and activities are counted where that is asked for"),
);
const door = testsIn("api/door");
const noKeys = notYet("never answered: a customer's key is refused with InvalidEncryptionConfiguration");
const versions = testsIn("api/versions-and-aliases");
const API_ERRORS: Readonly<Record<ApiErrorName, Claim>> = {
  ActivityAlreadyExists: notYet("never answered: an activity has nothing but its name and tags to differ in"),
  ActivityDoesNotExist: done(activities("an activity")),
  ActivityLimitExceeded: limited,
  ActivityWorkerLimitExceeded: done(testsIn("api/activity-polls")("a poll")),
  ConflictException: done(versions("a version > is published only of the revision that was meant")),
  ExecutionAlreadyExists: done(sdk, executions("StartExecution")),
  ExecutionDoesNotExist: done(sdk, executions("DescribeExecution")),
  ExecutionLimitExceeded: unlimited,
  ExecutionNotRedrivable: done(executions("RedriveExecution")),
  InvalidArn: done(sdk, executions("StartExecution")),
  InvalidDefinition: done(sdk, machines("CreateStateMachine")),
  InvalidEncryptionConfiguration: done(machines("CreateStateMachine")),
  InvalidExecutionInput: done(sdk, executions("StartExecution")),
  InvalidLoggingConfiguration: done(machines("the logging configuration")),
  InvalidName: done(machines("CreateStateMachine"), executions("StartExecution")),
  InvalidOutput: done(executions("a callback")),
  InvalidToken: done(sdk, executions("a callback")),
  InvalidTracingConfiguration: notYet("never answered: every tracing configuration is taken"),
  KmsAccessDeniedException: noKeys,
  KmsInvalidStateException: noKeys,
  KmsThrottlingException: noKeys,
  MissingRequiredParameter: done(machines("UpdateStateMachine")),
  ResourceNotFound: done(activities("tags")),
  ServiceQuotaExceededException: done(
    versions("a version > beyond the quota is refused, and its number is not used up"),
  ),
  StateMachineAlreadyExists: done(machines("CreateStateMachine")),
  StateMachineDeleting: notYet("never answered: a state machine is deleted at once"),
  StateMachineDoesNotExist: done(sdk, executions("StartExecution")),
  StateMachineLimitExceeded: limited,
  StateMachineTypeNotSupported: done(executions("ListExecutions")),
  TaskDoesNotExist: notYet("never answered: a token whose task is over is told TaskTimedOut"),
  TaskTimedOut: done(
    executions("a callback"),
    testsIn("e2e/sdk")("a callback continues its task, and its token answers once"),
  ),
  TooManyTags: done(activities("tags")),
  ValidationException: done(wire("a member outside its bounds"), executions("ListExecutions")),
  AccessDeniedException: done(door("a policy"), door("without configuration")),
  ExpiredTokenException: done(door("a key")),
  IncompleteSignatureException: done(door("a signature")),
  InvalidSignatureException: done(door("a signature")),
  MissingAuthenticationTokenException: done(door("a key")),
  RequestEntityTooLargeException: done(wire("[F43] a body that is no request")),
  SerializationException: done(wire("[F43] a body that is no request")),
  ThrottlingException: differs(
    "where rates are set",
    testsIn("api/throttling")("a call beyond the rate"),
    testsIn("e2e/limits")("throttling"),
  ),
  UnknownOperationException: done(wire("a target that is no operation")),
  UnrecognizedClientException: done(door("a key")),
  InternalFailure: done(
    testsIn("api/failures")(
      "a defect of ours answers 500, says nothing of itself, and is logged with the request's id",
    ),
  ),
  ServiceUnavailable: done(
    testsIn("api/failures")("[F16] [F36] an outage (%s) answers 503 and is not logged as a defect"),
  ),
  UnsupportedOperation: differs(
    "Stepflare's own: what AWS can do and Stepflare cannot yet",
    testsIn("api/test-state")("a Map with an ItemReader > of %s refuses %j"),
  ),
};

export const failures: Chapter = {
  title: "Errors and diagnostics",
  tables: [
    {
      title: "Error names of the States Language",
      prefix: "error.",
      what: "name",
      claims: {
        ...NAMES,
        "States.Http.Socket": done(testsIn("integrations/http")("an answer > that never comes is a socket error")),
        "States.Http.StatusCode.*": naming(
          "States.Http.StatusCode",
          done(testsIn("integrations/http")("an answer > of status %i is an error with its body as the cause")),
        ),
        "Lambda.TooManyRequestsException": ofFunctions,
        "Lambda.ServiceException": ofFunctions,
        "Lambda.ClientExecutionTimeoutException": ofFunctions,
        "Lambda.SdkClientException": ofFunctions,
        "Lambda.Unknown": ofFunctions,
        "Lambda.ResourceNotFoundException": done(
          testsIn("runtime/execution-object")("[F55] a function that nobody registered is a failure that names it"),
        ),
        "Lambda.AWSLambdaException": ofFunctions,
        "Sandbox.Timedout": notYet("a function that takes 15 minutes is Lambda.ClientExecutionTimeoutException"),
        "StepFunctions.*": naming(
          "StepFunctions.StateMachineDoesNotExistException",
          done(
            testsIn("runtime/tasks")(
              "states:startExecution that is refused fails with the service's name of the error",
            ),
          ),
        ),
        "Sfn.*": naming(
          "Sfn.InvalidArnException",
          done(testsIn("runtime/tasks")("aws-sdk:sfn calls the operation, in the SDK's spelling")),
        ),
        "errors of other services": naming(
          "ResourceNotFoundException",
          done(
            testsIn("tables/dynamodb")("aws-sdk:dynamodb > a refusal has the SDK's name for it"),
            testsIn("aws/calls")("an optimized integration > %s fails as version 1 of the SDK says it: %#"),
          ),
        ),
        "a function's own errorType": naming("errorType", ofFunctions),
      },
    },
    { title: "Diagnostic codes", prefix: "diagnostic.", what: "code", claims: CODES },
    { title: "Exceptions of the API", prefix: "exception.", what: "name", claims: API_ERRORS },
  ],
};
