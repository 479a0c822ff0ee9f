/** What the operations answer, as the REST API shows it: AWS's members, moments in ISO 8601, JSON as JSON. */
import type { ExecutionStatus } from "../../runtime/execution-rpc.ts";
import {
  COUNT,
  DEFINITION,
  FLAG,
  INSTANT,
  JSON_VALUE,
  listOf,
  object,
  oneOf,
  pageOf,
  TEXT,
  type JsonSchema,
} from "./schema.ts";

const STATE_MACHINE_TYPE = oneOf("STANDARD", "EXPRESS");
export const EXECUTION_STATUSES: readonly ExecutionStatus[] = [
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "ABORTED",
  "PENDING_REDRIVE",
];
const EXECUTION_STATUS = oneOf(...EXECUTION_STATUSES);
const DATA_DETAILS = object("DataDetails", { included: FLAG });
const CONFIGURATION: JsonSchema = { type: "object", additionalProperties: true };
const NUMBER: JsonSchema = { type: "number" };

const VARIABLE_REFERENCES: JsonSchema = {
  description: "The variables that the states read, by the state's name",
  type: "object",
  additionalProperties: listOf(TEXT),
};

const CONFIGURATIONS = {
  "loggingConfiguration?": CONFIGURATION,
  "tracingConfiguration?": CONFIGURATION,
  "encryptionConfiguration?": CONFIGURATION,
};

export const CREATED_STATE_MACHINE: JsonSchema = object("CreatedStateMachine", {
  stateMachineArn: TEXT,
  creationDate: INSTANT,
  "stateMachineVersionArn?": TEXT,
});

export const STATE_MACHINES: JsonSchema = pageOf(
  "StateMachines",
  "stateMachines",
  object("StateMachineListItem", {
    stateMachineArn: TEXT,
    name: TEXT,
    type: STATE_MACHINE_TYPE,
    creationDate: INSTANT,
  }),
);

export const STATE_MACHINE: JsonSchema = object("StateMachine", {
  stateMachineArn: TEXT,
  name: TEXT,
  status: oneOf("ACTIVE", "DELETING"),
  definition: DEFINITION,
  roleArn: TEXT,
  type: STATE_MACHINE_TYPE,
  creationDate: INSTANT,
  "revisionId?": TEXT,
  "description?": TEXT,
  "label?": TEXT,
  "variableReferences?": VARIABLE_REFERENCES,
  ...CONFIGURATIONS,
});

export const PINNED_STATE_MACHINE: JsonSchema = object("StateMachineOfExecution", {
  stateMachineArn: TEXT,
  name: TEXT,
  definition: DEFINITION,
  roleArn: TEXT,
  updateDate: INSTANT,
  "revisionId?": TEXT,
  "label?": TEXT,
  "mapRunArn?": TEXT,
  "variableReferences?": VARIABLE_REFERENCES,
  ...CONFIGURATIONS,
});

export const UPDATED_STATE_MACHINE: JsonSchema = object("UpdatedStateMachine", {
  updateDate: INSTANT,
  "revisionId?": TEXT,
  "stateMachineVersionArn?": TEXT,
});

const VERSION = { stateMachineVersionArn: TEXT, creationDate: INSTANT };
export const PUBLISHED_VERSION: JsonSchema = object("PublishedVersion", VERSION);
export const VERSIONS: JsonSchema = pageOf(
  "StateMachineVersions",
  "stateMachineVersions",
  object("StateMachineVersionListItem", VERSION),
);

const ALIAS = { stateMachineAliasArn: TEXT, creationDate: INSTANT };
export const CREATED_ALIAS: JsonSchema = object("CreatedAlias", ALIAS);
export const ALIASES: JsonSchema = pageOf(
  "StateMachineAliases",
  "stateMachineAliases",
  object("StateMachineAliasListItem", ALIAS),
);
export const ALIAS_ANSWER: JsonSchema = object("StateMachineAlias", {
  stateMachineAliasArn: TEXT,
  name: TEXT,
  "description?": TEXT,
  routingConfiguration: listOf(object("Route", { stateMachineVersionArn: TEXT, weight: COUNT })),
  creationDate: INSTANT,
  updateDate: INSTANT,
});
export const UPDATED_ALIAS: JsonSchema = object("UpdatedAlias", { updateDate: INSTANT });

export const TAGS: JsonSchema = object("Tags", { tags: listOf(object("TagOfResource", { key: TEXT, value: TEXT })) });

export const DIAGNOSTICS: JsonSchema = object("Diagnostics", {
  result: oneOf("OK", "FAIL"),
  diagnostics: listOf(
    object("Diagnostic", { severity: oneOf("ERROR", "WARNING"), code: TEXT, message: TEXT, "location?": TEXT }),
  ),
  "truncated?": FLAG,
});

export const STARTED_EXECUTION: JsonSchema = object("StartedExecution", { executionArn: TEXT, startDate: INSTANT });
export const STOPPED_EXECUTION: JsonSchema = object("StoppedExecution", { stopDate: INSTANT });
export const REDRIVEN_EXECUTION: JsonSchema = object("RedrivenExecution", { redriveDate: INSTANT });

export const EXECUTION: JsonSchema = object("Execution", {
  executionArn: TEXT,
  stateMachineArn: TEXT,
  "name?": TEXT,
  status: EXECUTION_STATUS,
  startDate: INSTANT,
  "stopDate?": INSTANT,
  "input?": JSON_VALUE,
  "inputDetails?": DATA_DETAILS,
  "output?": JSON_VALUE,
  "outputDetails?": DATA_DETAILS,
  "traceHeader?": TEXT,
  "error?": TEXT,
  "cause?": TEXT,
  "mapRunArn?": TEXT,
  "stateMachineVersionArn?": TEXT,
  "stateMachineAliasArn?": TEXT,
  "redriveCount?": COUNT,
  "redriveDate?": INSTANT,
  "redriveStatus?": oneOf("REDRIVABLE", "NOT_REDRIVABLE", "REDRIVABLE_BY_MAP_RUN"),
  "redriveStatusReason?": TEXT,
});

export const SYNC_EXECUTION: JsonSchema = object("SyncExecution", {
  executionArn: TEXT,
  "stateMachineArn?": TEXT,
  "name?": TEXT,
  startDate: INSTANT,
  stopDate: INSTANT,
  status: oneOf("SUCCEEDED", "FAILED", "TIMED_OUT"),
  "error?": TEXT,
  "cause?": TEXT,
  "input?": JSON_VALUE,
  "inputDetails?": DATA_DETAILS,
  "output?": JSON_VALUE,
  "outputDetails?": DATA_DETAILS,
  "traceHeader?": TEXT,
  "billingDetails?": object("BillingDetails", { billedMemoryUsedInMB: COUNT, billedDurationInMilliseconds: COUNT }),
});

const EVENT_DETAILS: JsonSchema = {
  title: "HistoryEventDetails",
  type: "object",
  properties: {
    input: JSON_VALUE,
    output: JSON_VALUE,
    parameters: JSON_VALUE,
    assignedVariables: { type: "object", additionalProperties: JSON_VALUE },
  },
  additionalProperties: true,
};

export const HISTORY: JsonSchema = pageOf("ExecutionHistory", "events", {
  ...object("HistoryEvent", { id: COUNT, previousEventId: COUNT, timestamp: INSTANT, type: TEXT }),
  description: "Beside its own members, an event has at most one: its details, under AWS's name for them",
  additionalProperties: EVENT_DETAILS,
});

const LISTED_EXECUTION = object("ExecutionListItem", {
  executionArn: TEXT,
  stateMachineArn: TEXT,
  name: TEXT,
  status: EXECUTION_STATUS,
  startDate: INSTANT,
  "stopDate?": INSTANT,
  "mapRunArn?": TEXT,
  "itemCount?": COUNT,
  "stateMachineVersionArn?": TEXT,
  "stateMachineAliasArn?": TEXT,
  "redriveCount?": COUNT,
  "redriveDate?": INSTANT,
});

export const EXECUTIONS: JsonSchema = pageOf("Executions", "executions", LISTED_EXECUTION);

export const CHILDREN: JsonSchema = object("Children", {
  "parentExecutionArn?": TEXT,
  executions: listOf(LISTED_EXECUTION),
  "nextCursor?": TEXT,
});

export const MAP_RUNS: JsonSchema = pageOf(
  "MapRuns",
  "mapRuns",
  object("MapRunListItem", {
    executionArn: TEXT,
    mapRunArn: TEXT,
    stateMachineArn: TEXT,
    startDate: INSTANT,
    "stopDate?": INSTANT,
  }),
);

export const MAP_RUN: JsonSchema = object("MapRun", {
  mapRunArn: TEXT,
  executionArn: TEXT,
  status: oneOf("RUNNING", "SUCCEEDED", "FAILED", "ABORTED"),
  startDate: INSTANT,
  "stopDate?": INSTANT,
  maxConcurrency: COUNT,
  toleratedFailurePercentage: NUMBER,
  toleratedFailureCount: COUNT,
  itemCounts: { type: "object", additionalProperties: COUNT },
  executionCounts: { type: "object", additionalProperties: COUNT },
  "redriveCount?": COUNT,
  "redriveDate?": INSTANT,
});

const ACTIVITY_MEMBERS = { activityArn: TEXT, name: TEXT, creationDate: INSTANT };
export const CREATED_ACTIVITY: JsonSchema = object("CreatedActivity", { activityArn: TEXT, creationDate: INSTANT });
export const ACTIVITY: JsonSchema = object("Activity", {
  ...ACTIVITY_MEMBERS,
  "encryptionConfiguration?": CONFIGURATION,
});
export const ACTIVITIES: JsonSchema = pageOf("Activities", "activities", object("ActivityListItem", ACTIVITY_MEMBERS));
export const ACTIVITY_TASK: JsonSchema = object("ActivityTask", { "taskToken?": TEXT, "input?": JSON_VALUE });

const STAGE = { description: "The data at this stage, as a JSON value" };
export const STATE_TEST: JsonSchema = object("StateTest", {
  status: oneOf("SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"),
  "output?": JSON_VALUE,
  "error?": TEXT,
  "cause?": TEXT,
  "nextState?": TEXT,
  "inspectionData?": {
    ...STAGE,
    title: "InspectionData",
    type: "object",
    properties: Object.fromEntries(
      [
        "input",
        "afterInputPath",
        "afterParameters",
        "afterArguments",
        "afterItemsPath",
        "afterItemSelector",
        "afterItemBatcher",
        "result",
        "afterResultSelector",
        "afterResultPath",
        "variables",
      ].map((stage) => [stage, JSON_VALUE]),
    ),
    additionalProperties: true,
  },
});

const SPENT = { rowsWritten: COUNT, objectRequests: COUNT, queueMessages: COUNT, alarmsSet: COUNT };
export const USAGE: JsonSchema = object("Usage", { ...SPENT, turns: COUNT, transitions: COUNT });
export const MAP_RUN_USAGE: JsonSchema = object("MapRunUsage", SPENT);
