/**
 * The inputs of all operations: which members, of what type, within which bounds.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
import type { Operation, OperationInputs } from "./inputs.ts";
import { listOf, structure, type BooleanShape, type NumberShape, type StringShape, type StructureOf } from "./shape.ts";

const BOOLEAN: BooleanShape = { type: "boolean" };
const ARN: StringShape = { type: "string", min: 1, max: 256 };
const LONG_ARN: StringShape = { type: "string", min: 1, max: 2000 };
const NAME: StringShape = { type: "string", min: 1, max: 80 };
const ALIAS_NAME: StringShape = {
  type: "string",
  min: 1,
  max: 80,
  pattern: "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$",
};
const DESCRIPTION: StringShape = { type: "string", max: 256, sensitive: true };
const PAGE_TOKEN: StringShape = { type: "string", min: 1, max: 1024 };
const LIST_EXECUTIONS_PAGE_TOKEN: StringShape = { type: "string", min: 1, max: 3096 };
const PAGE_SIZE: NumberShape = { type: "integer", min: 0, max: 1000 };
const DEFINITION: StringShape = {
  type: "string",
  min: 1,
  max: 1048576,
  quota: "DefinitionCharacters",
  sensitive: true,
};
const SENSITIVE_DATA: StringShape = { type: "string", max: 262144, quota: "PayloadBytes", sensitive: true };
const SENSITIVE_ERROR: StringShape = { type: "string", max: 256, sensitive: true };
const SENSITIVE_CAUSE: StringShape = { type: "string", max: 32768, sensitive: true };
const TASK_TOKEN: StringShape = { type: "string", min: 1, max: 2048 };
const TRACE_HEADER: StringShape = { type: "string", max: 256, pattern: "\\p{ASCII}*" };
const STATE_NAME: StringShape = { type: "string", min: 1, max: 80, sensitive: true };
const INCLUDED_DATA: StringShape = { type: "string", values: ["ALL_DATA", "METADATA_ONLY"] };
const STATE_MACHINE_TYPE: StringShape = { type: "string", values: ["STANDARD", "EXPRESS"] };
const TAG_KEY: StringShape = { type: "string", min: 1, max: 128 };
const TAG_LIST = listOf(structure("Tag", [], { key: TAG_KEY, value: { type: "string", max: 256 } }));
const LOGGING_CONFIGURATION = structure("LoggingConfiguration", [], {
  level: { type: "string", values: ["ALL", "ERROR", "FATAL", "OFF"] },
  includeExecutionData: BOOLEAN,
  destinations: listOf(
    structure("LogDestination", [], {
      cloudWatchLogsLogGroup: structure("CloudWatchLogsLogGroup", [], { logGroupArn: ARN }),
    }),
  ),
});
const TRACING_CONFIGURATION = structure("TracingConfiguration", [], { enabled: BOOLEAN });
const ENCRYPTION_CONFIGURATION = structure("EncryptionConfiguration", ["type"], {
  kmsKeyId: { type: "string", min: 1, max: 2048 },
  kmsDataKeyReusePeriodSeconds: { type: "integer", min: 60, max: 900 },
  type: { type: "string", values: ["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"] },
});
const ROUTING_CONFIGURATION = listOf(
  structure("RoutingConfigurationListItem", ["stateMachineVersionArn", "weight"], {
    stateMachineVersionArn: ARN,
    weight: { type: "integer", min: 0, max: 100 },
  }),
  { min: 1, max: 2 },
);

export const INPUTS: { readonly [Op in Operation]: StructureOf<OperationInputs[Op]> } = {
  CreateActivity: structure("CreateActivityInput", ["name"], {
    name: NAME,
    tags: TAG_LIST,
    encryptionConfiguration: ENCRYPTION_CONFIGURATION,
  }),
  CreateStateMachine: structure("CreateStateMachineInput", ["name", "definition", "roleArn"], {
    name: NAME,
    definition: DEFINITION,
    roleArn: ARN,
    type: STATE_MACHINE_TYPE,
    loggingConfiguration: LOGGING_CONFIGURATION,
    tags: TAG_LIST,
    tracingConfiguration: TRACING_CONFIGURATION,
    publish: BOOLEAN,
    versionDescription: DESCRIPTION,
    encryptionConfiguration: ENCRYPTION_CONFIGURATION,
  }),
  CreateStateMachineAlias: structure("CreateStateMachineAliasInput", ["name", "routingConfiguration"], {
    description: DESCRIPTION,
    name: ALIAS_NAME,
    routingConfiguration: ROUTING_CONFIGURATION,
  }),
  DeleteActivity: structure("DeleteActivityInput", ["activityArn"], { activityArn: ARN }),
  DeleteStateMachine: structure("DeleteStateMachineInput", ["stateMachineArn"], { stateMachineArn: ARN }),
  DeleteStateMachineAlias: structure("DeleteStateMachineAliasInput", ["stateMachineAliasArn"], {
    stateMachineAliasArn: ARN,
  }),
  DeleteStateMachineVersion: structure("DeleteStateMachineVersionInput", ["stateMachineVersionArn"], {
    stateMachineVersionArn: LONG_ARN,
  }),
  DescribeActivity: structure("DescribeActivityInput", ["activityArn"], { activityArn: ARN }),
  DescribeExecution: structure("DescribeExecutionInput", ["executionArn"], {
    executionArn: ARN,
    includedData: INCLUDED_DATA,
  }),
  DescribeMapRun: structure("DescribeMapRunInput", ["mapRunArn"], { mapRunArn: LONG_ARN }),
  DescribeStateMachine: structure("DescribeStateMachineInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    includedData: INCLUDED_DATA,
  }),
  DescribeStateMachineAlias: structure("DescribeStateMachineAliasInput", ["stateMachineAliasArn"], {
    stateMachineAliasArn: ARN,
  }),
  DescribeStateMachineForExecution: structure("DescribeStateMachineForExecutionInput", ["executionArn"], {
    executionArn: ARN,
    includedData: INCLUDED_DATA,
  }),
  GetActivityTask: structure("GetActivityTaskInput", ["activityArn"], { activityArn: ARN, workerName: NAME }),
  GetExecutionHistory: structure("GetExecutionHistoryInput", ["executionArn"], {
    executionArn: ARN,
    maxResults: PAGE_SIZE,
    reverseOrder: BOOLEAN,
    nextToken: PAGE_TOKEN,
    includeExecutionData: BOOLEAN,
  }),
  ListActivities: structure("ListActivitiesInput", [], { maxResults: PAGE_SIZE, nextToken: PAGE_TOKEN }),
  ListExecutions: structure("ListExecutionsInput", [], {
    stateMachineArn: ARN,
    statusFilter: {
      type: "string",
      values: ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"],
    },
    maxResults: PAGE_SIZE,
    nextToken: LIST_EXECUTIONS_PAGE_TOKEN,
    mapRunArn: LONG_ARN,
    redriveFilter: { type: "string", values: ["REDRIVEN", "NOT_REDRIVEN"] },
  }),
  ListMapRuns: structure("ListMapRunsInput", ["executionArn"], {
    executionArn: ARN,
    maxResults: PAGE_SIZE,
    nextToken: PAGE_TOKEN,
  }),
  ListStateMachineAliases: structure("ListStateMachineAliasesInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    nextToken: PAGE_TOKEN,
    maxResults: PAGE_SIZE,
  }),
  ListStateMachineVersions: structure("ListStateMachineVersionsInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    nextToken: PAGE_TOKEN,
    maxResults: PAGE_SIZE,
  }),
  ListStateMachines: structure("ListStateMachinesInput", [], { maxResults: PAGE_SIZE, nextToken: PAGE_TOKEN }),
  ListTagsForResource: structure("ListTagsForResourceInput", ["resourceArn"], { resourceArn: ARN }),
  PublishStateMachineVersion: structure("PublishStateMachineVersionInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    revisionId: { type: "string" },
    description: DESCRIPTION,
  }),
  RedriveExecution: structure("RedriveExecutionInput", ["executionArn"], {
    executionArn: ARN,
    clientToken: { type: "string", min: 1, max: 64, pattern: "[!-~]+" },
  }),
  SendTaskFailure: structure("SendTaskFailureInput", ["taskToken"], {
    taskToken: TASK_TOKEN,
    error: SENSITIVE_ERROR,
    cause: SENSITIVE_CAUSE,
  }),
  SendTaskHeartbeat: structure("SendTaskHeartbeatInput", ["taskToken"], { taskToken: TASK_TOKEN }),
  SendTaskSuccess: structure("SendTaskSuccessInput", ["taskToken", "output"], {
    taskToken: TASK_TOKEN,
    output: SENSITIVE_DATA,
  }),
  StartExecution: structure("StartExecutionInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    name: NAME,
    input: SENSITIVE_DATA,
    traceHeader: TRACE_HEADER,
  }),
  StartSyncExecution: structure("StartSyncExecutionInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    name: NAME,
    input: SENSITIVE_DATA,
    traceHeader: TRACE_HEADER,
    includedData: INCLUDED_DATA,
  }),
  StopExecution: structure("StopExecutionInput", ["executionArn"], {
    executionArn: ARN,
    error: SENSITIVE_ERROR,
    cause: SENSITIVE_CAUSE,
  }),
  TagResource: structure("TagResourceInput", ["resourceArn", "tags"], { resourceArn: ARN, tags: TAG_LIST }),
  TestState: structure("TestStateInput", ["definition"], {
    definition: DEFINITION,
    roleArn: ARN,
    input: SENSITIVE_DATA,
    inspectionLevel: { type: "string", values: ["INFO", "DEBUG", "TRACE"] },
    revealSecrets: BOOLEAN,
    variables: SENSITIVE_DATA,
    stateName: STATE_NAME,
    mock: structure("MockInput", [], {
      result: SENSITIVE_DATA,
      errorOutput: structure("MockErrorOutput", [], { error: SENSITIVE_ERROR, cause: SENSITIVE_CAUSE }),
      fieldValidationMode: { type: "string", values: ["STRICT", "PRESENT", "NONE"] },
    }),
    context: SENSITIVE_DATA,
    stateConfiguration: structure("TestStateConfiguration", [], {
      retrierRetryCount: { type: "integer", min: 0 },
      errorCausedByState: STATE_NAME,
      mapIterationFailureCount: { type: "integer", min: 0 },
      mapItemReaderData: SENSITIVE_DATA,
    }),
  }),
  UntagResource: structure("UntagResourceInput", ["resourceArn", "tagKeys"], {
    resourceArn: ARN,
    tagKeys: listOf(TAG_KEY),
  }),
  UpdateMapRun: structure("UpdateMapRunInput", ["mapRunArn"], {
    mapRunArn: LONG_ARN,
    maxConcurrency: { type: "integer", min: 0 },
    toleratedFailurePercentage: { type: "float", min: 0, max: 100 },
    toleratedFailureCount: { type: "long", min: 0 },
  }),
  UpdateStateMachine: structure("UpdateStateMachineInput", ["stateMachineArn"], {
    stateMachineArn: ARN,
    definition: DEFINITION,
    roleArn: ARN,
    loggingConfiguration: LOGGING_CONFIGURATION,
    tracingConfiguration: TRACING_CONFIGURATION,
    publish: BOOLEAN,
    versionDescription: DESCRIPTION,
    encryptionConfiguration: ENCRYPTION_CONFIGURATION,
  }),
  UpdateStateMachineAlias: structure("UpdateStateMachineAliasInput", ["stateMachineAliasArn"], {
    stateMachineAliasArn: ARN,
    description: DESCRIPTION,
    routingConfiguration: ROUTING_CONFIGURATION,
  }),
  ValidateStateMachineDefinition: structure("ValidateStateMachineDefinitionInput", ["definition"], {
    definition: DEFINITION,
    type: STATE_MACHINE_TYPE,
    severity: { type: "string", values: ["ERROR", "WARNING"] },
    maxResults: { type: "integer", min: 0, max: 100 },
  }),
};

/** Whether that is the name of one of the service's operations. */
export function isOperation(name: string): name is Operation {
  return Object.hasOwn(INPUTS, name);
}
