/** Tasks whose calls leave for AWS: what is sent, what comes of the answers, and what is never sent. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { onAws } from "../../src/runtime/integrations/aws/elsewhere.ts";
import { gatewaySigner } from "../../src/runtime/integrations/aws/sign.ts";
import { readAws } from "../../src/runtime/integrations/aws/settings.ts";
import {
  EXECUTION,
  KEYS,
  perform,
  REGION,
  shown,
  signatureOf,
  taskCall,
  withoutMetadata,
  type GivenAnswer,
} from "./words.ts";

const JSON_TYPE = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "r-1" };
const QUEUE = `https://sqs.${REGION}.amazonaws.com/123456789012/q`;
const MESSAGE = { QueueUrl: QUEUE, MessageBody: "b" };

async function outcome(name: string, parameters: Json, ...answers: readonly GivenAnswer[]): Promise<Json> {
  return shown((await perform(name, parameters, answers)).answer);
}

describe("an optimized integration", () => {
  test("shows the service's answer with what the SDK says of it", async () => {
    const body = '{"MD5OfMessageBody":"0","MessageId":"m-1"}';
    expect(await outcome("sqs:sendMessage", MESSAGE, { headers: JSON_TYPE, body })).toEqual({
      MD5OfMessageBody: "0",
      MessageId: "m-1",
      SdkHttpMetadata: {
        AllHttpHeaders: { "Content-Type": ["application/x-amz-json-1.0"], "x-amzn-RequestId": ["r-1"] },
        HttpHeaders: { "Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "r-1" },
        HttpStatusCode: 200,
      },
      SdkResponseMetadata: { RequestId: "r-1" },
    });
  });

  test("makes a text of JSON where the API wants a text", async () => {
    const { sent } = await perform("sqs:sendMessage", { ...MESSAGE, MessageBody: { a: [1] } });
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual({ ...MESSAGE, MessageBody: '{"a":[1]}' });
  });

  test("with a callback is submitted", async () => {
    const { answer } = await perform("sqs:sendMessage.waitForTaskToken", MESSAGE, [{ body: "{}" }]);
    expect(answer.kind).toBe("submitted");
  });

  test.each([
    [
      "dynamodb:putItem",
      { TableName: "t", Item: {} },
      {
        status: 400,
        body: '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"No table"}',
      },
      "DynamoDB.ResourceNotFoundException",
      "No table (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: r-1; Proxy: null)",
    ],
    [
      "dynamodb:putItem",
      { TableName: "t", Item: {} },
      { status: 400, body: '{"__type":"com.amazon.coral.validate#ValidationException","message":"Bad"}' },
      "DynamoDB.AmazonDynamoDBException",
      "Bad (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: r-1; Proxy: null)",
    ],
    [
      "sqs:sendMessage",
      MESSAGE,
      {
        status: 400,
        headers: { "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender" },
        body: '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No queue"}',
      },
      "SQS.QueueDoesNotExistException",
      "No queue (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; Request ID: r-1; Proxy: null)",
    ],
    [
      "sns:publish",
      { TopicArn: "t", Message: "m" },
      {
        status: 404,
        body: "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>No topic</Message></Error><RequestId>r-2</RequestId></ErrorResponse>",
      },
      "SNS.NotFoundException",
      "No topic (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: r-1; Proxy: null)",
    ],
    [
      "batch:submitJob",
      { JobName: "j", JobQueue: "q", JobDefinition: "d" },
      { status: 400, headers: { "x-amzn-errortype": "ClientException:http://x" }, body: '{"message":"No queue"}' },
      "Batch.ClientException",
      "No queue (Service: AWSBatch; Status Code: 400; Error Code: ClientException; Request ID: r-1; Proxy: null)",
    ],
  ] as const)("%s fails as version 1 of the SDK says it: %#", async (name, parameters, answer, error, cause) => {
    const headers = { "x-amzn-requestid": "r-1", ...("headers" in answer ? answer.headers : {}) };
    expect(await outcome(name, parameters, { ...answer, headers })).toEqual({ error, cause });
  });

  test("an event says which execution it is of, and one that was not taken fails the task", async () => {
    const taken = await perform(
      "events:putEvents",
      { Entries: [{ Source: "s", Detail: { a: 1 }, DetailType: "d", Resources: ["r"] }] },
      [{ headers: JSON_TYPE, body: '{"Entries":[{"EventId":"e"}],"FailedEntryCount":0}' }],
    );
    expect(JSON.parse(taken.sent[0]?.body ?? "")).toEqual({
      Entries: [
        {
          Source: "s",
          Detail: '{"a":1}',
          DetailType: "d",
          Resources: ["r", `arn:aws:states:${REGION}:123456789012:stateMachine:m`, EXECUTION],
        },
      ],
    });
    expect(withoutMetadata(shown(taken.answer))).toEqual({ Entries: [{ EventId: "e" }], FailedEntryCount: 0 });
    const refused = { Entries: [{ ErrorCode: "InvalidArgument", ErrorMessage: "No source" }], FailedEntryCount: 1 };
    expect(await outcome("events:putEvents", { Entries: [] }, { body: JSON.stringify(refused) })).toEqual({
      error: "EventBridge.FailedEntry",
      cause: JSON.stringify(refused),
    });
  });

  test("a model's answer is JSON where it is JSON", async () => {
    const { answer, sent } = await perform("bedrock:invokeModel", { ModelId: "m:0", Body: { ask: 1 } }, [
      { headers: { "content-type": "application/json" }, body: '{"told":2}' },
    ]);
    expect(sent[0]?.url.href).toBe(`https://bedrock-runtime.${REGION}.amazonaws.com/model/m%3A0/invoke`);
    expect(sent[0]?.body).toBe('{"ask":1}');
    expect(withoutMetadata(shown(answer))).toEqual({ Body: { told: 2 }, ContentType: "application/json" });
  });
});

describe("a function on AWS Lambda", () => {
  test("is invoked with its payload, and shown in the envelope", async () => {
    const { answer, sent } = await perform("lambda:invoke", { FunctionName: "f", Payload: { a: 1 } }, [
      { headers: { "x-amz-executed-version": "$LATEST" }, body: '{"b":2}' },
    ]);
    expect(sent[0]?.url.pathname).toBe("/2015-03-31/functions/f/invocations");
    expect(sent[0]?.body).toBe('{"a":1}');
    expect(withoutMetadata(shown(answer))).toEqual({ ExecutedVersion: "$LATEST", Payload: { b: 2 }, StatusCode: 200 });
  });

  test.each([
    ["plain", '"plain"'],
    ['{"a":1}', '{"a":1}'],
    [null, ""],
  ])("gets the payload %j as %j", async (payload, body) => {
    const { sent } = await perform("lambda:invoke", { FunctionName: "f", Payload: payload }, [{ body: "1" }]);
    expect(sent[0]?.body).toBe(body);
    expect(sent[0]?.headers.get("accept")).toBe("application/json");
  });

  test("by its ARN answers with the payload itself", async () => {
    const arn = `arn:aws:lambda:${REGION}:123456789012:function:f`;
    const { answer, sent } = await perform(arn, { a: 1 }, [{ body: "[1]" }]);
    expect(decodeURIComponent(sent[0]?.url.pathname ?? "")).toBe(`/2015-03-31/functions/${arn}/invocations`);
    expect(shown(answer)).toEqual([1]);
  });

  test("that throws fails with its own error", async () => {
    const body = '{"errorType":"Oops","errorMessage":"no"}';
    const headers = { "x-amz-function-error": "Unhandled" };
    expect(await outcome("lambda:invoke", { FunctionName: "f" }, { headers, body })).toEqual({
      error: "Oops",
      cause: body,
    });
  });

  test("that is not there fails as Lambda says it", async () => {
    const answer = {
      status: 404,
      headers: { "x-amzn-errortype": "ResourceNotFoundException", "x-amzn-requestid": "r-1" },
      body: '{"Message":"Function not found: f"}',
    };
    expect(await outcome("lambda:invoke", { FunctionName: "f" }, answer)).toEqual({
      error: "Lambda.ResourceNotFoundException",
      cause:
        "Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: r-1; Proxy: null)",
    });
  });
});

describe("an aws-sdk integration", () => {
  test.each([
    [
      "s3:getObject",
      { Bucket: "my-bucket", Key: "k" },
      {
        status: 404,
        headers: { "x-amz-request-id": "r-1", "x-amz-id-2": "x-2" },
        body: "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>No key</Message></Error>",
      },
      "S3.NoSuchKeyException",
      "No key (Service: S3, Status Code: 404, Request ID: r-1, Extended Request ID: x-2) (SDK Attempt Count: 1)",
    ],
    [
      "ec2:startInstances",
      { InstanceIds: ["i-1"] },
      {
        status: 400,
        body: "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>No instance</Message></Error></Errors><RequestID>r-1</RequestID></Response>",
      },
      "Ec2.Ec2Exception",
      "No instance (Service: Ec2, Status Code: 400, Request ID: r-1) (SDK Attempt Count: 1)",
    ],
    [
      "rds:describeDBInstances",
      {},
      {
        status: 404,
        headers: { "x-amzn-requestid": "r-1" },
        body: "<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>No instance</Message></Error></ErrorResponse>",
      },
      "Rds.DbInstanceNotFoundException",
      "No instance (Service: Rds, Status Code: 404, Request ID: r-1) (SDK Attempt Count: 1)",
    ],
    [
      "sqs:sendMessage",
      MESSAGE,
      { status: 403, headers: { "x-amzn-requestid": "r-1" }, body: "<html>no</html>" },
      "Sqs.SqsException",
      "null (status 403) (Service: Sqs, Status Code: 403, Request ID: r-1) (SDK Attempt Count: 1)",
    ],
  ] as const)("%s fails as version 2 of the SDK says it", async (name, parameters, answer, error, cause) => {
    expect(await outcome(`aws-sdk:${name}`, parameters, answer)).toEqual({ error, cause });
  });

  test("EC2's form has its own names, and its XML items", async () => {
    const { answer, sent } = await perform(
      "aws-sdk:ec2:describeInstances",
      { Filters: [{ Name: "tag:a", Values: ["1", "2"] }], DryRun: false },
      [
        {
          body: "<DescribeInstancesResponse xmlns='http://ec2.amazonaws.com/doc/2016-11-15/'><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><launchTime>2024-05-06T07:08:09.000Z</launchTime><ebsOptimized>true</ebsOptimized><amiLaunchIndex>0</amiLaunchIndex></item></instancesSet></item></reservationSet></DescribeInstancesResponse>",
        },
      ],
    );
    expect(sent[0]?.body).toBe(
      "Action=DescribeInstances&Version=2016-11-15&DryRun=false&Filter.1.Name=tag%3Aa&Filter.1.Value.1=1&Filter.1.Value.2=2",
    );
    expect(shown(answer)).toEqual({
      Reservations: [
        {
          Instances: [
            { InstanceId: "i-1", LaunchTime: "2024-05-06T07:08:09.000Z", EbsOptimized: true, AmiLaunchIndex: 0 },
          ],
        },
      ],
    });
  });

  test("Route 53's requests are XML, for one place in the world", async () => {
    const { sent } = await perform("aws-sdk:route53:changeResourceRecordSets", {
      HostedZoneId: "Z1",
      ChangeBatch: {
        Changes: [
          {
            Action: "UPSERT",
            ResourceRecordSet: { Name: "a.example.com", Type: "A", TTL: 60, ResourceRecords: [{ Value: "192.0.2.1" }] },
          },
        ],
      },
    });
    const [request] = sent;
    expect(request?.url.href).toBe("https://route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset/");
    expect(request?.body).toBe(
      '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.example.com</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>',
    );
    if (request !== undefined)
      expect(request.headers.get("authorization")).toBe(signatureOf(request, "route53", "us-east-1"));
  });

  test("an idempotency token that is not given is the attempt's own", async () => {
    const once = await perform("aws-sdk:athena:startQueryExecution", { QueryString: "SELECT 1" });
    const again = await perform("aws-sdk:athena:startQueryExecution", { QueryString: "SELECT 1" });
    const own = await perform("aws-sdk:athena:startQueryExecution", {
      QueryString: "SELECT 1",
      ClientRequestToken: "mine",
    });
    const tokenOf = ({ sent }: typeof once): unknown =>
      (JSON.parse(sent[0]?.body ?? "") as JsonObject)["ClientRequestToken"];
    expect(tokenOf(once)).toMatch(/^[\da-f-]{36}$/u);
    expect(tokenOf(again)).toBe(tokenOf(once));
    expect(tokenOf(own)).toBe("mine");
  });

  test("what is not UTF-8 stays in Base64", async () => {
    const body = '{"CiphertextBlob":"/wA=","KeyId":"k"}';
    expect(await outcome("aws-sdk:kms:encrypt", { KeyId: "k", Plaintext: "p" }, { body })).toEqual({
      CiphertextBlob: "/wA=",
      KeyId: "k",
    });
  });
});

describe("what is sent again", () => {
  const busy = { status: 400, body: '{"__type":"ThrottlingException","message":"slow"}' };
  const broken = { status: 503 };
  test("throttling, a fault of the service and one on the way, twice at most", async () => {
    const { answer, sent } = await perform("aws-sdk:sqs:sendMessage", MESSAGE, [
      busy,
      broken,
      { body: '{"MessageId":"m"}' },
    ]);
    expect(sent).toHaveLength(3);
    expect(shown(answer)).toEqual({ MessageId: "m" });
    const gone = await perform("sqs:sendMessage", MESSAGE, [new Error("connection refused")]);
    expect(gone.sent).toHaveLength(3);
    expect(shown(gone.answer)).toEqual({
      error: "SQS.SdkClientException",
      cause: "Unable to execute HTTP request: connection refused",
    });
    const never = await perform("aws-sdk:sqs:sendMessage", MESSAGE, [broken]);
    expect(shown(never.answer)).toMatchObject({ error: "Sqs.SqsException" });
    expect(JSON.stringify(shown(never.answer))).toContain("(SDK Attempt Count: 3)");
  });

  test("a refusal is not", async () => {
    const { sent } = await perform("sqs:sendMessage", MESSAGE, [{ status: 400, body: "{}" }]);
    expect(sent).toHaveLength(1);
  });
});

describe("nothing is sent", () => {
  test.each([
    ["sqs:sendMessage", { ...MESSAGE, Colour: "red" }, "The field 'Colour' is not supported by Step Functions"],
    ["sqs:sendMessage", { QueueUrl: QUEUE }, "The field 'MessageBody' is required but was missing"],
    [
      "aws-sdk:sqs:sendMessage",
      { ...MESSAGE, MessageBody: {} },
      "The value for the field 'MessageBody' must be a STRING",
    ],
    [
      "aws-sdk:sqs:sendMessage",
      { ...MESSAGE, DelaySeconds: "x" },
      "The value for the field 'DelaySeconds' must be a NUMBER",
    ],
    ["aws-sdk:ec2:startInstances", { InstanceIds: "i" }, "The value for the field 'InstanceIds' must be an ARRAY"],
    [
      "aws-sdk:ec2:startInstances",
      { InstanceIds: [], DryRun: 1 },
      "The value for the field 'DryRun' must be a BOOLEAN",
    ],
    ["aws-sdk:dynamodb:putItem", { TableName: "t", Item: [] }, "The value for the field 'Item' must be an OBJECT"],
    ["aws-sdk:eventbridge:putEvents", { Entries: [1] }, "The value for the field 'Entries' must be an OBJECT"],
    [
      "aws-sdk:eventbridge:putEvents",
      { Entries: [{ Time: "noon" }] },
      "The value for the field 'Time' must be a TIMESTAMP",
    ],
    [
      "aws-sdk:s3:getObject",
      { Bucket: "my-bucket", Key: "../other/k" },
      "The value of the field 'Key' cannot be part of a URL",
    ],
    ["aws-sdk:s3:getObject", { Bucket: "..", Key: "k" }, "The value of the field 'Bucket' cannot be part of a URL"],
    [
      "aws-sdk:lambda:getFunction",
      { FunctionName: "" },
      "The value of the field 'FunctionName' cannot be part of a URL",
    ],
    [
      "aws-sdk:s3:putObject",
      { Bucket: "my-bucket", Key: "k", ContentType: "a\r\nX: y" },
      "The value of the field 'Content-Type' cannot be sent in a header",
    ],
  ])("%s %j is refused: %s", async (name, parameters, fault) => {
    const { answer, sent } = await perform(name, parameters);
    expect(sent).toEqual([]);
    expect(shown(answer)).toEqual({
      error: "States.Runtime",
      cause: `The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: [${fault}]`,
    });
  });

  test.each([
    ["aws-sdk:nosuchservice:doIt", "Stepflare has no model of the service 'nosuchservice', and cannot call it."],
    ["aws-sdk:sqs:doIt", "Stepflare's model of the service 'sqs' has no action 'doIt'."],
    [
      "aws-sdk:apigatewaymanagementapi:getConnection",
      "The service 'apigatewaymanagementapi' has other hosts for each account",
    ],
    ["eks:call", "Stepflare's model of the service 'eks' has no action 'call'."],
    ["http:invoke", "Stepflare cannot call arn:aws:states:::http:invoke, neither itself nor on AWS."],
  ])("%s is not known", async (name, cause) => {
    const { answer, sent } = await perform(name, { ConnectionId: "c" });
    expect(sent).toEqual([]);
    expect(shown(answer)).toEqual({ error: "States.Runtime", cause: expect.stringContaining(cause) as string });
  });

  test("without keys, which the failure asks for", async () => {
    const { answer, sent } = await perform("aws-sdk:sqs:sendMessage", MESSAGE, [{}], {});
    expect(sent).toEqual([]);
    expect(shown(answer)).toMatchObject({ error: "States.Runtime" });
    expect(JSON.stringify(shown(answer))).toContain("set the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  });
});

test("an answer that exceeds what a result may have is not read to its end", async () => {
  const body = JSON.stringify({ MessageId: "m".repeat(2_000_000) });
  expect(await outcome("aws-sdk:sqs:sendMessage", MESSAGE, { body })).toMatchObject({
    error: "States.DataLimitExceeded",
  });
});

test.each([["<a><b></a></b>"], ["<a/><b/>"], ["a < b"], ["<a>&#x110000;</a"], ["<a>".repeat(300)]])(
  "%s is no XML, and no answer",
  async (body) => {
    expect(await outcome("sns:publish", { TopicArn: "t", Message: "m" }, { body })).toEqual({
      error: "SNS.SdkClientException",
      cause: "Unable to execute HTTP request: its answer is not XML",
    });
  },
);

describe("an API of API Gateway that wants a signature", () => {
  const request = {
    method: "POST",
    url: "https://abc.execute-api.eu-west-1.amazonaws.com/prod/a%20b?x=1",
    headers: [["Content-Type", "application/json"]],
    body: '{"a":"é"}',
  } as const;

  test("gets that of its own region", async () => {
    const signed = await gatewaySigner(readAws(KEYS, REGION))?.(request);
    if (signed === undefined) throw new Error("there are keys");
    const sent = {
      ...request,
      url: new URL(signed.url),
      headers: new Headers(signed.headers.map(([...pair]) => pair)),
    };
    expect(sent.headers.get("authorization")).toBe(signatureOf(sent, "execute-api", "eu-west-1"));
    expect(sent.headers.get("content-type")).toBe("application/json");
  });

  test("gets none without keys", () => {
    expect(gatewaySigner(readAws({}, REGION))).toBeUndefined();
  });
});

const NO_HOST = {
  send: fetch,
  memory: { read: async () => undefined, write: async () => undefined, forget: async () => undefined },
  pause: async () => undefined,
  roles: new Map(),
  now: () => 0,
};

describe("the settings", () => {
  test("the session's token is signed with the rest", async () => {
    const env = { ...KEYS, AWS_SESSION_TOKEN: "session" };
    const { sent } = await perform("sqs:sendMessage", MESSAGE, [{}], env);
    expect(sent[0]?.headers.get("x-amz-security-token")).toBe("session");
    expect(sent[0]?.headers.get("authorization")).toContain("x-amz-security-token");
  });

  test.each([
    [{ AWS_REGION: "eu-west-1" }, "https://sqs.eu-west-1.amazonaws.com/"],
    [{ AWS_REGION: "cn-north-1" }, "https://sqs.cn-north-1.amazonaws.com.cn/"],
    [{ AWS_ENDPOINTS: { sqs: "http://127.0.0.1:9324" } }, "http://127.0.0.1:9324/"],
    [{ AWS_ENDPOINTS: '{"*": "http://127.0.0.1:4566/"}' }, "http://127.0.0.1:4566/"],
  ])("%j sends to %s", async (env, url) => {
    const { sent } = await perform("sqs:sendMessage", MESSAGE, [{}], { ...KEYS, ...env });
    expect(sent[0]?.url.href).toBe(url);
  });

  test.each([
    [{ AWS_ACCESS_KEY_ID: "a" }, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together"],
    [{ AWS_REGION: "EU West" }, "AWS_REGION must be a region"],
    [{ AWS_SERVICES: "sqs, Dynamo DB" }, "it has 'Dynamo DB'"],
    [{ AWS_ENDPOINTS: "sqs" }, "AWS_ENDPOINTS must be a JSON object"],
    [{ AWS_ENDPOINTS: { sqs: "http://x/path" } }, "AWS_ENDPOINTS must be a JSON object"],
    [{ AWS_ENDPOINTS: { sqs: "ftp://x" } }, "AWS_ENDPOINTS must be a JSON object"],
  ])("%j is refused", (env, text) => {
    expect(() => readAws(env, REGION)).toThrow(text);
  });

  test.each([
    ["", "sqs:sendMessage", false],
    ["sqs", "sqs:sendMessage", true],
    ["sqs", "aws-sdk:sqs:sendMessage", true],
    ["aws-sdk:sqs", "sqs:sendMessage", false],
    ["*", "dynamodb:putItem", true],
    ["*", "states:startExecution", false],
    ["*", "aws-sdk:sfn:startExecution", false],
    ["*, states", "states:startExecution", true],
    ["*", "http:invoke", false],
    ["*", "apigateway:invoke", false],
    ["*, queue", "arn:cloudflare:states:::queue:send", false],
    ["lambda", `arn:aws:lambda:${REGION}:123456789012:function:f`, true],
    ["lambda", `arn:aws:states:${REGION}:123456789012:activity:a`, false],
  ])("AWS_SERVICES %j takes %s over: %s", (services, name, expected) => {
    const settings = readAws({ ...KEYS, AWS_SERVICES: services }, REGION);
    const elsewhere = onAws({ ...NO_HOST, settings: () => settings });
    expect(elsewhere.takesOver(taskCall(name, {}).resource)).toBe(expected);
  });
});

describe("a task with Credentials", () => {
  const ROLE = "arn:aws:iam::999999999999:role/writer";
  const role = (n: number, expiration = "2026-01-01T01:00:00Z"): GivenAnswer => ({
    headers: { "content-type": "text/xml" },
    body: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${n}</AccessKeyId><SecretAccessKey>s${n}</SecretAccessKey><SessionToken>t${n}</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  });
  const sentBody = { headers: JSON_TYPE, body: '{"MessageId":"m-1"}' };
  const START = Date.UTC(2026, 0, 1);

  test("is performed as the role, which is asked of STS with the deployment's keys", async () => {
    const { answer, sent } = await perform("sqs:sendMessage", MESSAGE, [role(1), sentBody], KEYS, { roleArn: ROLE });
    expect(answer.kind).toBe("succeeded");
    const [asked, called] = sent;
    expect(asked?.url.hostname).toBe(`sts.${REGION}.amazonaws.com`);
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toMatchObject({
      Action: "AssumeRole",
      RoleArn: ROLE,
      RoleSessionName: "m-e",
    });
    expect(asked?.headers.get("authorization")).toContain(`Credential=${KEYS.AWS_ACCESS_KEY_ID}/`);
    expect(called?.headers.get("authorization")).toContain("Credential=ASIA1/");
    expect(called?.headers.get("x-amz-security-token")).toBe("t1");
  });

  test("asks again only when the role has less than five minutes to go, and for another role", async () => {
    const roles = new Map();
    const askedFor = async (roleArn: string, now: number, n: number): Promise<string | undefined> => {
      const options = { roles, now, roleArn };
      const { sent } = await perform("aws-sdk:sqs:sendMessage", MESSAGE, [role(n), sentBody], KEYS, options);
      return sent.length === 2 ? (sent[1]?.headers.get("x-amz-security-token") ?? undefined) : undefined;
    };
    expect(await askedFor(ROLE, START, 1)).toBe("t1");
    expect(await askedFor(`${ROLE}-2`, START, 2)).toBe("t2");
    const later = [sentBody];
    const { sent } = await perform("sqs:sendMessage", MESSAGE, later, KEYS, {
      roles,
      now: START + 3_299_999,
      roleArn: ROLE,
    });
    expect(sent.map(({ headers }) => headers.get("x-amz-security-token"))).toEqual(["t1"]);
    expect(await askedFor(ROLE, START + 3_300_000, 3)).toBe("t3");
  });

  test.each<[string, GivenAnswer, string]>([
    [
      "refuses",
      {
        status: 403,
        headers: { "content-type": "text/xml" },
        body: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No way</Message></Error></ErrorResponse>",
      },
      "No way (AccessDenied)",
    ],
    [
      "gives no credentials",
      { body: "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>" },
      "STS gave no credentials.",
    ],
    ["gives some that never expire", role(1, "soon"), "STS gave no credentials."],
  ])("fails, and calls nothing, where STS %s", async (_what, given, why) => {
    const { answer, sent } = await perform("sqs:sendMessage", MESSAGE, [given], KEYS, { roleArn: ROLE });
    expect(shown(answer)).toEqual({
      error: "States.Permissions",
      cause: `The role ${ROLE} could not be assumed: ${why}`,
    });
    expect(sent.every(({ url }) => url.hostname.startsWith("sts."))).toBe(true);
  });

  test("fails where STS is out of reach, or the role is none", async () => {
    const away = await perform("sqs:sendMessage", MESSAGE, [new TypeError("reset")], KEYS, { roleArn: ROLE });
    expect(shown(away.answer)).toMatchObject({
      error: "States.Permissions",
      cause: expect.stringContaining("STS is out of reach: "),
    });
  });
});
