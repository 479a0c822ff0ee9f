/** What a Task can call, and the events of a history. */
import type { HistoryEventType } from "../../../src/engine/history-event.ts";
import { differs, done, naming, noting, notYet, testsIn, type Chapter, type Claim } from "../claim.ts";

const tasks = testsIn("runtime/tasks");
const tables = testsIn("tables/dynamodb");
const cloudflare = testsIn("runtime/cloudflare");
const http = testsIn("integrations/http");
const gateway = testsIn("integrations/apigateway");
const putEvents = testsIn("events/put-events");
const queues = testsIn("messages/sqs");
const topics = testsIn("messages/topics");
const mails = testsIn("messages/email");
const integration = (service: string): readonly [string, Claim] => [
  service,
  naming(
    "sqs:sendMessage",
    differs(
      "called on real AWS, where its keys are set; without them the task fails and says what to set",
      tasks("%s is told to be missing"),
      testsIn("aws/calls")("an optimized integration"),
    ),
  ),
];

export const tasksChapter: Chapter = {
  title: "Tasks",
  tables: [
    {
      title: "Resources",
      prefix: "resource.",
      what: "resource",
      claims: {
        "a Lambda function's ARN": naming(
          "lambda",
          done(
            testsIn("runtime/execution-object")("a function gets its input, and its answer is the state's output"),
            tasks("a Lambda ARN's result is the payload itself"),
          ),
        ),
        "lambda:invoke": done(tasks("lambda:invoke wraps the payload as AWS does")),
        "lambda:invoke.waitForTaskToken": done(
          testsIn("runtime/callbacks")(
            "a callback ends its task once; a heartbeat before it is taken, other callbacks after it are not",
          ),
        ),
        "states:startExecution": done(tasks("states:startExecution answers where the child is")),
        "states:startExecution.sync": naming(
          "startExecution.sync",
          done(tasks("what a child that was waited for gives under %s")),
        ),
        "states:startExecution.sync:2": done(
          testsIn("runtime/execution-object")("a parent that waits for a child gets the child's output"),
        ),
        "states:startExecution.waitForTaskToken": naming(
          "startExecution.waitForTaskToken",
          done(tasks("states:startExecution.waitForTaskToken is submitted, and nobody watches the child")),
        ),
        "stopping a parent stops the child it waits for": naming(
          "child",
          done(
            testsIn("platform/children")("a child is stopped"),
            testsIn("platform/children")("[F32] whoever dies while a child is being stopped"),
          ),
        ),
        "aws-sdk:sfn:*": naming(
          "aws-sdk:sfn",
          differs(
            "the operations above that are done",
            tasks("aws-sdk:sfn calls the operation, in the SDK's spelling"),
          ),
        ),
        "aws-sdk:s3:*": naming(
          "aws-sdk:s3",
          differs(
            "getObject, putObject, headObject, deleteObject, copyObject and listObjectsV2, on objects in R2; no versions, no ACLs",
            tasks("tasks on objects > putObject writes %j as JSON, getObject reads the text"),
            tasks("tasks on objects > objects are copied and deleted"),
            tasks("tasks on objects > listObjectsV2 lists in pages, and folders"),
          ),
        ),
        "dynamodb:getItem, putItem, updateItem, deleteItem": naming(
          "dynamodb:getItem",
          differs(
            "on tables of Stepflare's own, without secondary indexes; not the parameters from before expressions",
            tables(
              "dynamodb, the optimized integration > an answer is the service's, with what the SDK knows of the request",
            ),
            tables("dynamodb, the optimized integration > a condition that does not hold"),
            tables("a call that is made again changes nothing again, and is answered the same"),
          ),
        ),
        "aws-sdk:dynamodb:*": naming(
          "aws-sdk:dynamodb",
          differs(
            "those and query, scan, batchGetItem, batchWriteItem, transactWriteItems on one table, createTable, describeTable, deleteTable",
            tables("aws-sdk:dynamodb > an answer is the service's alone"),
            tables("aws-sdk:dynamodb > a refusal has the SDK's name for it"),
            tables("aws-sdk:dynamodb > batches go to several tables"),
            tables("aws-sdk:dynamodb > a transaction is done as a whole, or not at all"),
          ),
        ),
        "an activity's ARN": naming(
          "activity",
          done(tasks("an activity's task is put into its queue, again and again while the queue is out of reach")),
        ),
        "http:invoke": differs(
          "a connection is optional; a POST and a PATCH carry an Idempotency-Key",
          http("an answer > is the result: JSON parsed, each header's values in a list, the status in words"),
          http("an answer > of status %i is an error with its body as the cause"),
          http("a connection > adds its headers over those of the definition, and no answer shows them"),
          http("a request > sends an object URL-encoded, with lists as %s"),
        ),
        "apigateway:invoke": naming(
          "apigateway",
          differs(
            "where the API is can be said by a setting",
            gateway("an answer > is the result, with the headers as API Gateway writes them"),
            gateway("an answer > of another status is an error of that name, whose cause is the body"),
            gateway("%s cannot be sent"),
          ),
        ),
        "events:putEvents": naming(
          "putEvents",
          differs(
            "on the event bus here",
            putEvents(
              "events:putEvents answers their ids, and adds the state machine and the execution to their resources",
            ),
            putEvents("events:putEvents.waitForTaskToken shows the answer until the callback brings the result"),
            putEvents(
              "aws-sdk:eventbridge:putEvents does as the SDK does: no resources are added, failed entries are an answer",
            ),
          ),
        ),
        "sqs:sendMessage, sqs:sendMessage.waitForTaskToken": naming(
          "sqs:sendMessage",
          differs(
            "to Cloudflare Queues, or to queues that a function consumes; .fifo takes what AWS asks for, and keeps no order",
            queues("a message is sent, with SQS's answer and the SDK's metadata"),
            queues("where a callback brings the result, what SQS answered is shown until then"),
            queues("a body of %j is sent as %s"),
            queues("what SQS does not take > %s"),
          ),
        ),
        "aws-sdk:sqs:*": naming(
          "aws-sdk:sqs",
          differs(
            "sendMessage, sendMessageBatch and getQueueUrl",
            queues("the SDK's > sendMessage answers without metadata, and takes no body but a text"),
            queues("the SDK's > sendMessageBatch takes what it can, and says what it could not"),
            queues("the SDK's > getQueueUrl"),
          ),
        ),
        "sns:publish, sns:publish.waitForTaskToken, aws-sdk:sns:publish": naming(
          "sns:publish",
          differs(
            "to webhooks, queues, functions and mail addresses; no PhoneNumber, no SNS signature; .fifo keeps no order",
            topics("SNS's answer, with the SDK's metadata, as long as AWS's"),
            topics("a message of structure json is another one for each protocol"),
            topics("what SNS does not take > %s"),
            topics("what SNS does not take > a topic that there is not"),
          ),
        ),
        "aws-sdk:ses:sendEmail, aws-sdk:sesv2:sendEmail": naming(
          "sendEmail",
          differs(
            "by Cloudflare's e-mail; no templates, no attachments",
            mails("version 1 of SES"),
            mails("version 2 of SES, with headers"),
            mails("what the platform does not send > %s: %s is %s"),
          ),
        ),
        "`arn:cloudflare:states:::` ai, analytics, d1, email, kv, queue, r2, vectorize, worker, workflow": naming(
          "kv",
          noting(
            "Cloudflare's own services, which AWS has not",
            done(
              cloudflare("kv > texts, JSON and bytes are put and got"),
              cloudflare("a binding > [F53] %s of %j fails with %s"),
            ),
          ),
        ),
        ...Object.fromEntries(
          [
            "Athena, Batch, Bedrock, Bedrock AgentCore, CodeBuild, ECS, EKS, EMR, EMR on EKS, EMR Serverless, Glue, Glue DataBrew, MediaConvert, SageMaker",
            "`aws-sdk:` of other services",
          ].map(integration),
        ),
      },
    },
  ],
};

const eventsOf = (file: string, title: string): Claim => done(testsIn(file)(title));
const pass = eventsOf(
  "engine/pass-and-data-flow",
  "a Pass state is entered and left, and the first entry follows no event",
);
const choice = eventsOf("engine/choice", "the first rule that holds leads on");
const wait = eventsOf("engine/wait", "a Wait state sets a timer and is left when it fires");
const succeed = eventsOf("engine/pass-and-data-flow", "a Succeed state ends its machine");
const around = eventsOf("engine/task", "the events around a task are those of its resource");
const timeout = eventsOf("engine/task", "a timeout");
const parallel = eventsOf(
  "engine/parallel",
  "all branches begin with the same input, and their outputs join in the order of the branches",
);
const failing = eventsOf("engine/parallel", "a branch that fails");
const nested = eventsOf("engine/parallel", "Parallels inside Parallels");
const map = eventsOf("engine/map", "the events of a Map");
const iterations = eventsOf("engine/map", "an iteration that fails");
const mapRun = (title: string): Claim => done(testsIn("engine/distributed-map")(title));
const rare = eventsOf("engine/rare-events", "%s is told");
const retried = eventsOf("engine/retry-and-catch", "a retried task is scheduled again under the same visit");
const stop = testsIn("engine/stop-and-timeout");

const EVENTS: Readonly<Record<HistoryEventType, Claim>> = {
  ExecutionStarted: pass,
  ExecutionSucceeded: pass,
  ExecutionFailed: eventsOf("engine/fail", "a Fail state"),
  ExecutionTimedOut: done(stop("the machine's TimeoutSeconds")),
  ExecutionAborted: done(stop("a stop")),
  ExecutionRedriven: done(
    testsIn("engine/redrive")("a redriven execution > counts its redrives, and the context object tells of them"),
  ),
  PassStateEntered: pass,
  PassStateExited: pass,
  ChoiceStateEntered: choice,
  ChoiceStateExited: choice,
  WaitStateEntered: wait,
  WaitStateExited: wait,
  WaitStateAborted: failing,
  SucceedStateEntered: succeed,
  SucceedStateExited: succeed,
  FailStateEntered: eventsOf("engine/fail", "a Fail state"),
  TaskStateEntered: retried,
  TaskStateExited: around,
  TaskStateAborted: failing,
  TaskScheduled: around,
  TaskStarted: around,
  TaskSubmitted: eventsOf("engine/task", "a task with a token"),
  TaskSubmitFailed: notYet("a call that fails before it was taken is TaskFailed"),
  TaskSucceeded: around,
  TaskFailed: eventsOf("engine/task", "a failure"),
  TaskTimedOut: timeout,
  LambdaFunctionScheduled: around,
  LambdaFunctionStarted: around,
  LambdaFunctionSucceeded: around,
  LambdaFunctionFailed: eventsOf("engine/task", "a failure"),
  LambdaFunctionTimedOut: timeout,
  ActivityScheduled: around,
  ActivityScheduleFailed: rare,
  ActivityStarted: around,
  ActivitySucceeded: around,
  ActivityFailed: rare,
  ActivityTimedOut: rare,
  ParallelStateEntered: parallel,
  ParallelStateStarted: parallel,
  ParallelStateSucceeded: parallel,
  ParallelStateFailed: failing,
  ParallelStateAborted: nested,
  ParallelStateExited: parallel,
  MapStateEntered: map,
  MapStateStarted: map,
  MapStateSucceeded: map,
  MapStateFailed: iterations,
  MapStateAborted: rare,
  MapStateExited: map,
  MapIterationStarted: map,
  MapIterationSucceeded: map,
  MapIterationFailed: iterations,
  MapIterationAborted: iterations,
  MapRunStarted: mapRun("the events of a Map Run that succeeds"),
  MapRunSucceeded: mapRun("the events of a Map Run that succeeds"),
  MapRunFailed: mapRun("the events of a Map Run that fails"),
  MapRunAborted: mapRun("a Map Run that is under way > a Map Run beside a branch that fails is stopped"),
  MapRunRedriven: mapRun("a redrive > a redriven Map Run goes on under its name"),
  EvaluationFailed: eventsOf("engine/jsonata", "an expression that fails"),
};

const notStarted = notYet("a task that cannot be started is told by …Scheduled, …Started and …Failed");

export const events: Chapter = {
  title: "History events",
  tables: [
    {
      title: "Types",
      prefix: "event.",
      what: "event",
      claims: {
        ...EVENTS,
        TaskStartFailed: notStarted,
        LambdaFunctionScheduleFailed: notStarted,
        LambdaFunctionStartFailed: notStarted,
      },
    },
  ],
};
