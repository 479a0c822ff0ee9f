/**
 * Tasks on tables: `dynamodb:…` and `aws-sdk:dynamodb:…`, with DynamoDB's results and errors.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html
 */
import { isObject, type JsonObject } from "../../../asl/json.ts";
import type { StateFailure } from "../../../asl/error-names.ts";
import { Payload } from "../../../data/payload.ts";
import { crc32Base64 } from "../../objects/crc32.ts";
import { TableFault } from "../../tables/table-fault.ts";
import type { TableDirectory } from "../../tables/tables.ts";
import { failed, unusableParameters, type TaskAnswer } from "../../tasks/task-call.ts";
import { optimizedFailure, sdkFailure, sdkMetadata } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { checkShape } from "./check-shape.ts";
import { isActionName, SHAPES } from "./shapes.ts";
import { performTableAction } from "./table-actions.ts";

/** undefined: there is no such action here. */
export async function callDynamoDb(directory: TableDirectory, call: ServiceCall): Promise<TaskAnswer | undefined> {
  const { action, resourceType } = call.resource;
  if (!isActionName(action)) return undefined;
  const isOptimized = resourceType === "dynamodb";
  const parameters = isObject(call.parameters.value) ? call.parameters.value : {};
  const checked = checkShape(SHAPES[action], parameters);
  if (!checked.ok) return failed("States.Runtime", unusableParameters(call, checked.fault));
  try {
    const asked = { request: checked.request, call: call.idempotencyKey };
    const output = await performTableAction(directory, action, asked);
    return taken(call, Payload.of(isOptimized ? { ...output, ...metadataOf(output) } : output));
  } catch (error) {
    if (!(error instanceof TableFault)) throw error;
    return { kind: "failed", failure: isOptimized ? optimized(error) : unoptimized(error) };
  }
}

/** As DynamoDB answers: it sends the checksum of its body. */
function metadataOf(output: JsonObject): JsonObject {
  const body = new TextEncoder().encode(JSON.stringify(output));
  const { SdkHttpMetadata, SdkResponseMetadata = {} } = sdkMetadata("application/x-amz-json-1.0", body.length);
  const { HttpHeaders: sent = {}, ...rest } = SdkHttpMetadata as JsonObject;
  const { connection = "keep-alive", ...others } = sent as JsonObject;
  const HttpHeaders = { Server: "Server", Connection: connection, ...others, "x-amz-crc32": checksumOf(body) };
  const AllHttpHeaders = Object.fromEntries(Object.entries(HttpHeaders).map(([name, value]) => [name, [value]]));
  return { SdkHttpMetadata: { ...rest, AllHttpHeaders, HttpHeaders }, SdkResponseMetadata };
}

function checksumOf(body: Uint8Array): string {
  const bytes = Uint8Array.from(atob(crc32Base64(body)), (char) => char.charCodeAt(0));
  return String(new DataView(bytes.buffer).getUint32(0));
}

/** Neither SDK has a class of its own for what is wrong with a request. */
const UNNAMED = "ValidationException";

function optimized(fault: TableFault): StateFailure {
  const failure = optimizedFailure("DynamoDB", "AmazonDynamoDBv2", refusalOf(fault));
  return fault.code === UNNAMED ? { ...failure, error: "DynamoDB.AmazonDynamoDBException" } : failure;
}

function unoptimized(fault: TableFault): StateFailure {
  const failure = sdkFailure("DynamoDb", refusalOf(fault));
  return fault.code === UNNAMED ? { ...failure, error: "DynamoDb.DynamoDbException" } : failure;
}

function refusalOf({ code, message }: TableFault): Parameters<typeof sdkFailure>[1] {
  return { code, message, status: 400 };
}
