/** Names of services, actions and members. */
import { expect, test } from "vitest";
import {
  actionNameOf,
  sdkExceptionName,
  sdkMemberName,
  sdkServiceName,
  serviceNameOf,
  upperFirst,
} from "../../src/services/naming.ts";

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

test.each([
  ["DynamoDB", "DynamoDb"],
  ["CloudWatch Logs", "CloudWatchLogs"],
  ["SESv2", "SesV2"],
  ["WAFV2", "Wafv2"],
  ["Config Service", "Config"],
  ["EMR containers", "EmrContainers"],
  ["IoT Data Plane", "IotDataPlane"],
  ["Elastic Load Balancing v2", "ElasticLoadBalancingV2"],
  ["EC2", "Ec2"],
  ["S3", "S3"],
  ["identitystore", "Identitystore"],
])("the service %s is %s in errors", (serviceId, name) => {
  expect(sdkServiceName(serviceId)).toBe(name);
});

test.each([
  ["NoSuchKey", "NoSuchKeyException"],
  ["ResourceNotFoundException", "ResourceNotFoundException"],
  ["DBInstanceNotFoundFault", "DbInstanceNotFoundException"],
  ["KMSInvalidStateException", "KmsInvalidStateException"],
])("the exception %s is %s", (shape, name) => {
  expect(sdkExceptionName(shape)).toBe(name);
});
