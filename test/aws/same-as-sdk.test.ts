/** Requests are those of AWS's own clients, signed so that another signer agrees, and answers mean the same. */
import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, PublishBatchCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import {
  clientOptions,
  essence,
  perform,
  REGION,
  sdkShown,
  shown,
  signatureOf,
  type GivenAnswer,
  type SentRequest,
} from "./words.ts";

interface Case {
  readonly name: string;
  readonly service: string;
  readonly parameters: JsonObject;
  /** Sends the action by AWS's client. */
  readonly send: (options: object) => Promise<unknown>;
  readonly answer: GivenAnswer;
}

const JSON_ANSWER = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "r-1" };
const XML_ANSWER = { "content-type": "text/xml", "x-amzn-requestid": "r-1" };

/** The parameters of both are the same where a task spells them as the API does. */
function same(
  name: string,
  service: string,
  send: (options: object, parameters: JsonObject) => Promise<unknown>,
  parameters: JsonObject,
  answer: GivenAnswer,
): Case {
  return { name, service, parameters, send: (options) => send(options, parameters), answer };
}

const CASES: readonly Case[] = [
  {
    name: "dynamodb:putItem",
    service: "dynamodb",
    parameters: {
      TableName: "t",
      Item: {
        id: { S: "a" },
        size: { N: "1.50" },
        is: { Bool: true },
        none: { Nul: true },
        some: { L: [{ S: "x" }, { M: { deep: { Ss: ["1", "2"] } } }] },
        raw: { B: "héllo" },
      },
      ReturnValues: "ALL_OLD",
    },
    send: (options) =>
      new DynamoDBClient(options).send(
        new PutItemCommand({
          TableName: "t",
          Item: {
            id: { S: "a" },
            size: { N: "1.50" },
            is: { BOOL: true },
            none: { NULL: true },
            some: { L: [{ S: "x" }, { M: { deep: { SS: ["1", "2"] } } }] },
            raw: { B: new TextEncoder().encode("héllo") },
          },
          ReturnValues: "ALL_OLD",
        }),
      ),
    answer: {
      headers: JSON_ANSWER,
      body: '{"Attributes":{"Id":{"S":"a"},"Is":{"BOOL":false},"Raw":{"B":"aMOpbGxv"},"List":{"L":[{"NS":["1"]}]}}}',
    },
  },
  same(
    "dynamodb:query",
    "dynamodb",
    (options, input) => new DynamoDBClient(options).send(new QueryCommand(input as never)),
    {
      TableName: "t",
      KeyConditionExpression: "id = :id",
      ExpressionAttributeValues: { ":id": { S: "é" } },
      Limit: 3,
      ScanIndexForward: false,
    },
    { headers: JSON_ANSWER, body: '{"Count":1,"Items":[{"Id":{"S":"é"}}],"ScannedCount":1}' },
  ),
  same(
    "dynamodb:batchWriteItem",
    "dynamodb",
    (options, input) => new DynamoDBClient(options).send(new BatchWriteItemCommand(input as never)),
    {
      RequestItems: {
        t: [{ PutRequest: { Item: { id: { S: "1" } } } }, { DeleteRequest: { Key: { id: { S: "2" } } } }],
      },
    },
    { headers: JSON_ANSWER, body: '{"UnprocessedItems":{}}' },
  ),
  same(
    "sqs:sendMessage",
    "sqs",
    (options, input) => new SQSClient({ ...options, md5: false } as never).send(new SendMessageCommand(input as never)),
    {
      QueueUrl: `https://sqs.${REGION}.amazonaws.com/123456789012/q`,
      MessageBody: "ä & <b>",
      DelaySeconds: 5,
      MessageAttributes: { kind: { DataType: "String", StringValue: "x y" } },
    },
    { headers: JSON_ANSWER, body: '{"MD5OfMessageBody":"0","MessageId":"m-1","SequenceNumber":"18"}' },
  ),
  same(
    "sqs:receiveMessage",
    "sqs",
    (options, input) =>
      new SQSClient({ ...options, md5: false } as never).send(new ReceiveMessageCommand(input as never)),
    { QueueUrl: `https://sqs.${REGION}.amazonaws.com/123456789012/q`, MaxNumberOfMessages: 10 },
    { headers: JSON_ANSWER, body: '{"Messages":[{"MessageId":"m","Body":"b","Attributes":{"SentTimestamp":"1"}}]}' },
  ),
  same(
    "sns:publish",
    "sns",
    (options, input) => new SNSClient(options).send(new PublishCommand(input as never)),
    {
      TopicArn: `arn:aws:sns:${REGION}:123456789012:t`,
      Message: "a=b & c + d ~ (é)*'!",
      MessageAttributes: {
        first: { DataType: "String", StringValue: "1" },
        second: { DataType: "Number", StringValue: "2" },
      },
    },
    {
      headers: XML_ANSWER,
      body: '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>',
    },
  ),
  same(
    "sns:publishBatch",
    "sns",
    (options, input) => new SNSClient(options).send(new PublishBatchCommand(input as never)),
    {
      TopicArn: `arn:aws:sns:${REGION}:123456789012:t`,
      PublishBatchRequestEntries: [
        { Id: "1", Message: "one" },
        { Id: "2", Message: "two" },
      ],
    },
    {
      headers: XML_ANSWER,
      body: "<PublishBatchResponse><PublishBatchResult><Failed><member><Id>2</Id><Code>x</Code><SenderFault>true</SenderFault></member></Failed><Successful><member><Id>1</Id><MessageId>&#x6d;&amp;</MessageId></member></Successful></PublishBatchResult></PublishBatchResponse>",
    },
  ),
  same(
    "sns:createTopic",
    "sns",
    (options, input) => new SNSClient(options).send(new CreateTopicCommand(input as never)),
    { Name: "t", Attributes: { FifoTopic: "true" }, Tags: [{ Key: "k", Value: "v" }] },
    {
      headers: XML_ANSWER,
      body: "<CreateTopicResponse><CreateTopicResult><TopicArn>arn:t</TopicArn></CreateTopicResult></CreateTopicResponse>",
    },
  ),
  {
    name: "eventbridge:putEvents",
    service: "events",
    parameters: {
      Entries: [
        { Source: "s", DetailType: "d", Detail: '{"a":1}', Time: "2024-02-29T12:00:00.250Z", Resources: ["r"] },
      ],
    },
    send: (options) =>
      new EventBridgeClient(options).send(
        new PutEventsCommand({
          Entries: [
            {
              Source: "s",
              DetailType: "d",
              Detail: '{"a":1}',
              Time: new Date("2024-02-29T12:00:00.250Z"),
              Resources: ["r"],
            },
          ],
        }),
      ),
    answer: { headers: JSON_ANSWER, body: '{"Entries":[{"EventId":"e-1"}],"FailedEntryCount":0}' },
  },
  same(
    "s3:putObject",
    "s3",
    (options, input) => new S3Client(options).send(new PutObjectCommand(input as never)),
    {
      Bucket: "my-bucket",
      Key: "a folder/é+(1)'*.txt",
      Body: "text",
      ContentType: "application/octet-stream",
      Metadata: { owner: "me", size: "1" },
    },
    { headers: { etag: '"e"', "x-amz-version-id": "v" } },
  ),
  same(
    "s3:copyObject",
    "s3",
    (options, input) => new S3Client(options).send(new CopyObjectCommand(input as never)),
    { Bucket: "My.Bucket", Key: "k", CopySource: "other/k" },
    {
      headers: { "content-type": "application/xml" },
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LastModified>2024-05-06T07:08:09.000Z</LastModified><ETag>&quot;e&quot;</ETag></CopyObjectResult>',
    },
  ),
  same(
    "s3:listObjectsV2",
    "s3",
    (options, input) => new S3Client(options).send(new ListObjectsV2Command(input as never)),
    { Bucket: "my-bucket", Prefix: "a b/", MaxKeys: 2, Delimiter: "/" },
    {
      headers: { "content-type": "application/xml" },
      body: '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>my-bucket</Name><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>a b/1</Key><Size>12</Size><LastModified>2024-05-06T07:08:09.000Z</LastModified></Contents><Contents><Key>a b/2</Key><Size>0</Size></Contents><CommonPrefixes><Prefix>a b/c/</Prefix></CommonPrefixes></ListBucketResult>',
    },
  ),
  same(
    "s3:deleteObjects",
    "s3",
    (options, input) => new S3Client(options).send(new DeleteObjectsCommand(input as never)),
    { Bucket: "my-bucket", Delete: { Objects: [{ Key: "a<b" }, { Key: "c&d" }], Quiet: true } },
    {
      headers: { "content-type": "application/xml" },
      body: "<DeleteResult><Deleted><Key>a&lt;b</Key></Deleted></DeleteResult>",
    },
  ),
  same(
    "s3:putBucketTagging",
    "s3",
    (options, input) => new S3Client(options).send(new PutBucketTaggingCommand(input as never)),
    { Bucket: "my-bucket", Tagging: { TagSet: [{ Key: "k", Value: "v" }] } },
    {},
  ),
  {
    name: "lambda:invoke",
    service: "lambda",
    parameters: { FunctionName: "f", Payload: { a: 1 }, Qualifier: "3" },
    send: (options) =>
      new LambdaClient(options).send(new InvokeCommand({ FunctionName: "f", Payload: '{"a":1}', Qualifier: "3" })),
    answer: { headers: { "x-amz-executed-version": "3" }, body: '{"b":2}' },
  },
  same(
    "lambda:getFunction",
    "lambda",
    (options, input) => new LambdaClient(options).send(new GetFunctionCommand(input as never)),
    { FunctionName: `arn:aws:lambda:${REGION}:123456789012:function:f` },
    { headers: JSON_ANSWER, body: '{"Configuration":{"FunctionName":"f","CodeSize":7},"Tags":{"A":"b"}}' },
  ),
  same(
    "lambda:listFunctions",
    "lambda",
    (options, input) => new LambdaClient(options).send(new ListFunctionsCommand(input as never)),
    { MaxItems: 5, Marker: "a/b c" },
    { headers: JSON_ANSWER, body: '{"Functions":[]}' },
  ),
];

test.each(CASES)(
  "$name is sent as AWS's client sends it, and answered alike",
  async ({ name, service, parameters, send, answer }) => {
    const bySdk: SentRequest[] = [];
    const sdk = await send(clientOptions(answer, bySdk));
    const ours = await perform(`aws-sdk:${name}`, parameters, [answer]);
    const [sent] = ours.sent;
    const [expected] = bySdk;
    if (sent === undefined || expected === undefined) throw new Error("nothing was sent");
    expect(essence(sent)).toEqual(essence(expected));
    expect(sent.headers.get("authorization")).toBe(signatureOf(sent, service, REGION));
    expect(shown(ours.answer)).toEqual(sdkShown(sdk));
  },
);
