/** Names of services, actions and members. */
import { expect, test } from "vitest";
import { actionNameOf, sdkMemberName, serviceNameOf, upperFirst } from "../../src/services/naming.ts";

test.each([
  ["DynamoDB", "dynamodb"],
  ["CloudWatch Logs", "cloudwatchlogs"],
  ["Cognito Identity Provider", "cognitoidentityprovider"],
  ["Database Migration Service", "databasemigration"],
  ["Bedrock AgentCore", "bedrockagentcore"],
  ["SFN", "sfn"],
])("the service %s is %s in a resource", (serviceId, name) => {
  expect(serviceNameOf(serviceId)).toBe(name);
});

test.each([
  ["GetItem", "getItem"],
  ["DescribeDBInstances", "describeDBInstances"],
  ["ListObjectsV2", "listObjectsV2"],
])("the operation %s is %s in a resource", (operation, name) => {
  expect(actionNameOf(operation)).toBe(name);
});

test.each([
  ["executionArn", "ExecutionArn", "ExecutionArn"],
  ["ETag", "ETag", "ETag"],
  ["ChecksumCRC32", "ChecksumCRC32", "ChecksumCRC32"],
  ["MD5OfMessageBody", "MD5OfMessageBody", "Md5OfMessageBody"],
  ["DBInstances", "DBInstances", "DbInstances"],
  ["SSEKMSKeyId", "SSEKMSKeyId", "SsekmsKeyId"],
  ["NULL", "NULL", "Null"],
  ["equals", "Equals", "EqualsValue"],
])("the member %s is %s in an optimized result and %s in an SDK's", (member, optimized, sdk) => {
  expect(upperFirst(member)).toBe(optimized);
  expect(sdkMemberName(member)).toBe(sdk);
});
