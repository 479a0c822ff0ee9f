/**
 * The inputs of the service's operations, as a request has them once it was checked against `shapes.ts`.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */

export interface Tag {
  readonly key?: string;
  readonly value?: string;
}

export interface EncryptionConfiguration {
  readonly kmsKeyId?: string;
  readonly kmsDataKeyReusePeriodSeconds?: number;
  readonly type: "AWS_OWNED_KEY" | "CUSTOMER_MANAGED_KMS_KEY";
}

export interface CreateActivityInput {
  readonly name: string;
  readonly tags?: readonly Tag[];
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

export interface CloudWatchLogsLogGroup {
  readonly logGroupArn?: string;
}

export interface LogDestination {
  readonly cloudWatchLogsLogGroup?: CloudWatchLogsLogGroup;
}

export interface LoggingConfiguration {
  readonly level?: "ALL" | "ERROR" | "FATAL" | "OFF";
  readonly includeExecutionData?: boolean;
  readonly destinations?: readonly LogDestination[];
}

export interface TracingConfiguration {
  readonly enabled?: boolean;
}

export interface CreateStateMachineInput {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly type?: "STANDARD" | "EXPRESS";
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly tags?: readonly Tag[];
  readonly tracingConfiguration?: TracingConfiguration;
  readonly publish?: boolean;
  readonly versionDescription?: string;
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

export interface RoutingConfigurationListItem {
  readonly stateMachineVersionArn: string;
  readonly weight: number;
}

export interface CreateStateMachineAliasInput {
  readonly description?: string;
  readonly name: string;
  readonly routingConfiguration: readonly RoutingConfigurationListItem[];
}

export interface DeleteActivityInput {
  readonly activityArn: string;
}

export interface DeleteStateMachineInput {
  readonly stateMachineArn: string;
}

export interface DeleteStateMachineAliasInput {
  readonly stateMachineAliasArn: string;
}

export interface DeleteStateMachineVersionInput {
  readonly stateMachineVersionArn: string;
}

export interface DescribeActivityInput {
  readonly activityArn: string;
}

export interface DescribeExecutionInput {
  readonly executionArn: string;
  readonly includedData?: "ALL_DATA" | "METADATA_ONLY";
}

export interface DescribeMapRunInput {
  readonly mapRunArn: string;
}

export interface DescribeStateMachineInput {
  readonly stateMachineArn: string;
  readonly includedData?: "ALL_DATA" | "METADATA_ONLY";
}

export interface DescribeStateMachineAliasInput {
  readonly stateMachineAliasArn: string;
}

export interface DescribeStateMachineForExecutionInput {
  readonly executionArn: string;
  readonly includedData?: "ALL_DATA" | "METADATA_ONLY";
}

export interface GetActivityTaskInput {
  readonly activityArn: string;
  readonly workerName?: string;
}

export interface GetExecutionHistoryInput {
  readonly executionArn: string;
  readonly maxResults?: number;
  readonly reverseOrder?: boolean;
  readonly nextToken?: string;
  readonly includeExecutionData?: boolean;
}

export interface ListActivitiesInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListExecutionsInput {
  readonly stateMachineArn?: string;
  readonly statusFilter?: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly mapRunArn?: string;
  readonly redriveFilter?: "REDRIVEN" | "NOT_REDRIVEN";
}

export interface ListMapRunsInput {
  readonly executionArn: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListStateMachineAliasesInput {
  readonly stateMachineArn: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

export interface ListStateMachineVersionsInput {
  readonly stateMachineArn: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

export interface ListStateMachinesInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListTagsForResourceInput {
  readonly resourceArn: string;
}

export interface PublishStateMachineVersionInput {
  readonly stateMachineArn: string;
  readonly revisionId?: string;
  readonly description?: string;
}

export interface RedriveExecutionInput {
  readonly executionArn: string;
  readonly clientToken?: string;
}

export interface SendTaskFailureInput {
  readonly taskToken: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface SendTaskHeartbeatInput {
  readonly taskToken: string;
}

export interface SendTaskSuccessInput {
  readonly taskToken: string;
  readonly output: string;
}

export interface StartExecutionInput {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
  readonly traceHeader?: string;
}

export interface StartSyncExecutionInput {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
  readonly traceHeader?: string;
  readonly includedData?: "ALL_DATA" | "METADATA_ONLY";
}

export interface StopExecutionInput {
  readonly executionArn: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface TagResourceInput {
  readonly resourceArn: string;
  readonly tags: readonly Tag[];
}

export interface MockErrorOutput {
  readonly error?: string;
  readonly cause?: string;
}

export interface MockInput {
  readonly result?: string;
  readonly errorOutput?: MockErrorOutput;
  readonly fieldValidationMode?: "STRICT" | "PRESENT" | "NONE";
}

export interface TestStateConfiguration {
  readonly retrierRetryCount?: number;
  readonly errorCausedByState?: string;
  readonly mapIterationFailureCount?: number;
  readonly mapItemReaderData?: string;
}

export interface TestStateInput {
  readonly definition: string;
  readonly roleArn?: string;
  readonly input?: string;
  readonly inspectionLevel?: "INFO" | "DEBUG" | "TRACE";
  readonly revealSecrets?: boolean;
  readonly variables?: string;
  readonly stateName?: string;
  readonly mock?: MockInput;
  readonly context?: string;
  readonly stateConfiguration?: TestStateConfiguration;
}

export interface UntagResourceInput {
  readonly resourceArn: string;
  readonly tagKeys: readonly string[];
}

export interface UpdateMapRunInput {
  readonly mapRunArn: string;
  readonly maxConcurrency?: number;
  readonly toleratedFailurePercentage?: number;
  readonly toleratedFailureCount?: number;
}

export interface UpdateStateMachineInput {
  readonly stateMachineArn: string;
  readonly definition?: string;
  readonly roleArn?: string;
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly tracingConfiguration?: TracingConfiguration;
  readonly publish?: boolean;
  readonly versionDescription?: string;
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

export interface UpdateStateMachineAliasInput {
  readonly stateMachineAliasArn: string;
  readonly description?: string;
  readonly routingConfiguration?: readonly RoutingConfigurationListItem[];
}

export interface ValidateStateMachineDefinitionInput {
  readonly definition: string;
  readonly type?: "STANDARD" | "EXPRESS";
  readonly severity?: "ERROR" | "WARNING";
  readonly maxResults?: number;
}

/** Every operation of the service, by name. */
export interface OperationInputs {
  readonly CreateActivity: CreateActivityInput;
  readonly CreateStateMachine: CreateStateMachineInput;
  readonly CreateStateMachineAlias: CreateStateMachineAliasInput;
  readonly DeleteActivity: DeleteActivityInput;
  readonly DeleteStateMachine: DeleteStateMachineInput;
  readonly DeleteStateMachineAlias: DeleteStateMachineAliasInput;
  readonly DeleteStateMachineVersion: DeleteStateMachineVersionInput;
  readonly DescribeActivity: DescribeActivityInput;
  readonly DescribeExecution: DescribeExecutionInput;
  readonly DescribeMapRun: DescribeMapRunInput;
  readonly DescribeStateMachine: DescribeStateMachineInput;
  readonly DescribeStateMachineAlias: DescribeStateMachineAliasInput;
  readonly DescribeStateMachineForExecution: DescribeStateMachineForExecutionInput;
  readonly GetActivityTask: GetActivityTaskInput;
  readonly GetExecutionHistory: GetExecutionHistoryInput;
  readonly ListActivities: ListActivitiesInput;
  readonly ListExecutions: ListExecutionsInput;
  readonly ListMapRuns: ListMapRunsInput;
  readonly ListStateMachineAliases: ListStateMachineAliasesInput;
  readonly ListStateMachineVersions: ListStateMachineVersionsInput;
  readonly ListStateMachines: ListStateMachinesInput;
  readonly ListTagsForResource: ListTagsForResourceInput;
  readonly PublishStateMachineVersion: PublishStateMachineVersionInput;
  readonly RedriveExecution: RedriveExecutionInput;
  readonly SendTaskFailure: SendTaskFailureInput;
  readonly SendTaskHeartbeat: SendTaskHeartbeatInput;
  readonly SendTaskSuccess: SendTaskSuccessInput;
  readonly StartExecution: StartExecutionInput;
  readonly StartSyncExecution: StartSyncExecutionInput;
  readonly StopExecution: StopExecutionInput;
  readonly TagResource: TagResourceInput;
  readonly TestState: TestStateInput;
  readonly UntagResource: UntagResourceInput;
  readonly UpdateMapRun: UpdateMapRunInput;
  readonly UpdateStateMachine: UpdateStateMachineInput;
  readonly UpdateStateMachineAlias: UpdateStateMachineAliasInput;
  readonly ValidateStateMachineDefinition: ValidateStateMachineDefinitionInput;
}

export type Operation = keyof OperationInputs;
