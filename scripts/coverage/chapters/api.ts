/** The API's operations, members with a meaning of their own, TestState. */
import type { MockInput, Operation, TestStateConfiguration, TestStateInput } from "../../../src/api/inputs.ts";
import { differs, done, naming, notYet, testsIn, type Chapter, type Claim } from "../claim.ts";

const machines = testsIn("api/state-machines");
const executions = testsIn("api/executions");
const express = testsIn("api/express");
const activities = testsIn("api/activities-and-tags");
const definitions = testsIn("api/definitions");
const sdk = testsIn("e2e/sdk");
const testState = testsIn("api/test-state");
const versions = testsIn("api/versions-and-aliases");
const openApi = testsIn("api/openapi");
const rest = testsIn("api/rest");
const search = testsIn("api/search");
const searchFields = testsIn("api/search-fields");

const mapRuns = testsIn("api/map-runs");
const mapRunE2e = testsIn("e2e/map-run");
const life = sdk("a state machine is created, described, updated, listed and deleted");
const callback = executions("a callback");

const OPERATIONS: Readonly<Record<Operation, Claim>> = {
  CreateActivity: done(activities("an activity")),
  CreateStateMachine: done(machines("CreateStateMachine"), life),
  CreateStateMachineAlias: done(versions("an alias > is created, described, changed, listed and deleted")),
  DeleteActivity: done(activities("an activity")),
  DeleteStateMachine: differs(
    "at once; executions under way go on, as they keep their definition; on AWS they end at their next transition",
    machines("DeleteStateMachine"),
    life,
  ),
  DeleteStateMachineAlias: done(versions("an alias > is created, described, changed, listed and deleted")),
  DeleteStateMachineVersion: done(versions("a version > that was deleted is gone, and deleting it again is no error")),
  DescribeActivity: done(activities("an activity")),
  DescribeExecution: done(executions("DescribeExecution")),
  DescribeMapRun: differs(
    "running Express children are counted as many as may run, not as many as do",
    mapRuns("DescribeMapRun"),
    mapRunE2e(
      "Express children over a JSON Lines object, with a ResultWriter > DescribeMapRun and ListMapRuns show it",
    ),
  ),
  DescribeStateMachine: done(machines("CreateStateMachine"), life),
  DescribeStateMachineAlias: done(versions("an alias > is created, described, changed, listed and deleted")),
  DescribeStateMachineForExecution: done(
    executions("DescribeStateMachineForExecution shows the definition it is pinned to"),
  ),
  GetActivityTask: done(testsIn("api/activity-polls")("a poll")),
  GetExecutionHistory: done(executions("GetExecutionHistory")),
  ListActivities: done(activities("an activity")),
  ListExecutions: done(executions("ListExecutions")),
  ListMapRuns: done(
    mapRuns("ListMapRuns"),
    mapRunE2e(
      "Express children over a JSON Lines object, with a ResultWriter > DescribeMapRun and ListMapRuns show it",
    ),
  ),
  ListStateMachineAliases: done(versions("an alias > is created, described, changed, listed and deleted")),
  ListStateMachines: done(machines("ListStateMachines"), life),
  ListStateMachineVersions: done(
    versions("a version > lists are newest first, in pages that continue where they ended"),
  ),
  ListTagsForResource: done(activities("tags")),
  PublishStateMachineVersion: done(
    versions("a version > of a revision is the only one, however often and by whatever call it is published"),
  ),
  RedriveExecution: done(
    executions("RedriveExecution"),
    mapRunE2e("children that fail > a redrive runs the failed %s children again, and no others"),
  ),
  SendTaskFailure: done(callback, sdk("a callback continues its task, and its token answers once")),
  SendTaskHeartbeat: done(callback, sdk("a callback continues its task, and its token answers once")),
  SendTaskSuccess: done(callback),
  StartExecution: done(executions("StartExecution"), express("StartExecution of an Express state machine")),
  StartSyncExecution: differs(
    "64 MB are billed whatever was used; an execution that computes for 15 s is timed out; executions that call each other are nested 20 deep at the most; one whose caller went away goes on for up to 30 s",
    express("StartSyncExecution"),
    testsIn("e2e/express")("StartSyncExecution"),
  ),
  StopExecution: done(executions("StopExecution passes error and cause on")),
  TagResource: done(activities("tags")),
  TestState: done(testState("each type of state answers")),
  UntagResource: done(activities("tags")),
  UpdateMapRun: done(
    mapRuns("UpdateMapRun hands on what is given"),
    mapRunE2e("UpdateMapRun raises MaxConcurrency while the Map Run goes on"),
  ),
  UpdateStateMachine: done(machines("UpdateStateMachine"), life),
  UpdateStateMachineAlias: done(versions("an alias > is created, described, changed, listed and deleted")),
  ValidateStateMachineDefinition: differs(
    "eleven kinds of warnings more than AWS's, for who asks for warnings",
    definitions("a sound definition is OK"),
    definitions("warnings are told only to who asks for them, and fail nothing"),
    definitions("a faulty one fails, with all that is wrong"),
  ),
};

const inspected = done(testState("the inspection shows each stage"));
const configured = (member: string, title: string): Claim =>
  naming(member, done(testState(title), testState("a request is refused")));

type Level = NonNullable<TestStateInput["inspectionLevel"]>;
type Mode = NonNullable<MockInput["fieldValidationMode"]>;
type TestedMember =
  | Exclude<keyof TestStateInput, "inspectionLevel" | "mock" | "stateConfiguration">
  | `inspectionLevel (${Level})`
  | `mock.${Exclude<keyof MockInput, "fieldValidationMode">}`
  | `mock.fieldValidationMode (${Mode})`
  | `stateConfiguration.${keyof TestStateConfiguration}`;
const TESTED: Readonly<Record<TestedMember, Claim>> = {
  definition: done(testState("a request is refused")),
  roleArn: done(testState("the context object > is made up where none is given")),
  input: done(testState("each type of state answers")),
  "inspectionLevel (INFO)": naming("INFO", inspected),
  "inspectionLevel (DEBUG)": naming("DEBUG", inspected),
  "inspectionLevel (TRACE)": naming("TRACE", done(testState("what becomes of a failure"))),
  revealSecrets: done(
    testState("an HTTP Task > reveals them to who may"),
    testState("an HTTP Task > reveals nothing to who may only test"),
  ),
  variables: done(testState("the inspection shows each stage"), testState("a request is refused")),
  stateName: done(testState("a state of a whole machine is found by its name, however deep")),
  "mock.result": naming("result", done(testState("each type of state answers"), testState("a request is refused"))),
  "mock.errorOutput": naming("errorOutput", done(testState("what becomes of a failure"))),
  "mock.fieldValidationMode (STRICT)": naming(
    "STRICT",
    done(testsIn("services/mock-result")("STRICT misses a required member in %s %j, PRESENT does not")),
  ),
  "mock.fieldValidationMode (PRESENT)": naming("PRESENT", done(testState("a request is refused"))),
  "mock.fieldValidationMode (NONE)": naming("NONE", done(testState("a request is refused"))),
  context: done(testState("the context object")),
  "stateConfiguration.retrierRetryCount": configured("retrierRetryCount", "what becomes of a failure"),
  "stateConfiguration.errorCausedByState": configured(
    "errorCausedByState",
    "a mocked error may come from a state within",
  ),
  "stateConfiguration.mapIterationFailureCount": configured("mapIterationFailureCount", "a Map's failed iterations"),
  "stateConfiguration.mapItemReaderData": naming(
    "mapItemReaderData",
    differs("JSON and JSONL; other formats are `UnsupportedOperation`", testState("a Map with an ItemReader")),
  ),
};

export const api: Chapter = {
  title: "The API",
  tables: [
    { title: "Operations", prefix: "api.", what: "operation", claims: OPERATIONS },
    {
      title: "Members with a meaning of their own",
      prefix: "member.",
      what: "member",
      claims: {
        publish: done(versions("a version > is published with the creation, and described as it was then")),
        versionDescription: done(
          versions(
            "a version > creating again with the same request answers the same; another wish to publish is another request",
          ),
        ),
        "type EXPRESS": naming(
          "EXPRESS",
          done(express("StartSyncExecution"), definitions("an Express machine is held to its own rules")),
        ),
        loggingConfiguration: differs(
          "the history goes, in CloudWatch's form, to the Worker's log, OpenTelemetry, a queue or R2; a log group is only a name",
          machines("the logging configuration"),
          testsIn("express/execution-log")("an entry has the form in which AWS writes it, numbers as texts"),
          testsIn("e2e/observe")("logs"),
        ),
        tracingConfiguration: differs(
          "spans go to an OpenTelemetry collector instead of X-Ray; its header is understood and handed on",
          machines("CreateStateMachine"),
          testsIn("e2e/observe")("traces"),
        ),
        encryptionConfiguration: differs(
          "AWS_OWNED_KEY is kept and shown; a customer's key would encrypt nothing and is refused",
          machines("CreateStateMachine"),
        ),
        roleArn: differs("kept and shown; no role is assumed", machines("CreateStateMachine")),
        includedData: done(executions("DescribeExecution")),
        traceHeader: done(executions("StartExecution")),
        includeExecutionData: done(executions("GetExecutionHistory")),
        statusFilter: done(
          executions("ListExecutions"),
          sdk("executions are listed newest first and by status, and pages continue where they ended"),
        ),
        "redriveFilter, mapRunArn": naming(
          "mapRunArn",
          done(
            mapRuns("ListExecutions of a Map Run"),
            mapRunE2e(
              "Express children over a JSON Lines object, with a ResultWriter > ListExecutions pages through its children, by status as well",
            ),
          ),
        ),
        revisionId: done(machines("UpdateStateMachine")),
        "redriveStatus of an execution": naming("redriveStatus", done(executions("DescribeExecution"))),
        "SigV4, in the header": naming(
          "signature",
          done(testsIn("api/sigv4")("AWS's test suite"), testsIn("api/door")("a signature")),
        ),
        "access keys": naming(
          "key",
          differs(
            "Stepflare's own, long-lived ones; no session tokens",
            testsIn("api/keys")("an access key is made, shown once, and signs"),
            testsIn("api/door")("a key"),
          ),
        ),
        policies: naming(
          "policy",
          differs(
            "in IAM's form, with wildcards and Deny; no conditions, roles or principals",
            testsIn("api/door")("a policy"),
            testsIn("api/policies")("a policy that is made"),
          ),
        ),
      },
    },
    {
      title: "REST: what the AWS API does not have",
      prefix: "rest.",
      what: "capability",
      claims: {
        "the operations as resources below /api": naming(
          "route",
          done(openApi("every operation of the service has a route")),
        ),
        "OpenAPI 3.1 document": naming(
          "OpenAPI",
          done(openApi("the document is an OpenAPI 3.1 document, its schemas included")),
        ),
        "problem details": naming("problem", done(rest("a problem"))),
        nextCursor: done(search("pages"), rest("a state machine > is listed in pages")),
        namePrefix: done(search("executions are found")),
        "startedAfter, startedBefore": naming("startedAfter", done(search("executions are found"))),
        "search by version and alias": naming("version", done(search("executions are found"))),
        "search fields": naming(
          "fields",
          done(
            searchFields("executions are found by their fields"),
            searchFields("the search fields of a state machine"),
            testsIn("runtime/execution-object")(
              "the values of its search fields are written with its status, and none without search fields",
            ),
          ),
        ),
        "what people paste, made a definition": naming(
          "definition",
          done(rest("import > a pasted fragment becomes a definition that can be created")),
        ),
        "POST /run/{name}": naming("POST", done(testsIn("e2e/events")("POST /run"))),
        "approval links and pages": naming(
          "link",
          done(testsIn("api/approvals")("a link"), testsIn("e2e/approvals")("a link of the example")),
        ),
        "approval forms": naming("form", done(testsIn("api/approvals")("a question with a form"))),
        "the approvals' inbox": naming("list", done(testsIn("api/approval-inbox")("the list"))),
        schedules: naming("started", done(testsIn("schedules/schedule-driver")("what is due"))),
        "the event bus": naming(
          "event",
          done(
            testsIn("e2e/events")(
              "an event that a task puts starts a state machine and reaches a webhook, once it is there",
            ),
          ),
        ),
        "webhooks that come in": naming("webhook", done(testsIn("e2e/events")("a webhook"))),
        "search over all state machines": notYet("`stateMachine` is required: the index goes by it"),
      },
    },
    {
      title: "TestState",
      prefix: "TestState.",
      what: "member",
      claims: {
        ...TESTED,
        "status SUCCEEDED": naming("SUCCEEDED", done(testState("each type of state answers"))),
        "status FAILED": naming("FAILED", done(testState("each type of state answers"))),
        "status RETRIABLE": naming("RETRIABLE", done(testState("what becomes of a failure"))),
        "status CAUGHT_ERROR": naming("CAUGHT_ERROR", done(testState("what becomes of a failure"))),
        nextState: done(testState("each type of state answers")),
        inspectionData: inspected,
        "a task's TimeoutSeconds": naming("TimeoutSeconds", done(testState("a task that is not mocked"))),
      },
    },
  ],
};
