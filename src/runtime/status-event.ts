/**
 * A change of an execution's status as the event that EventBridge gets of AWS.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { utf8Size } from "../asl/json.ts";
import type { ExecutionIndexEntry } from "./execution-index.ts";
import { hideTokens } from "./hidden-tokens.ts";
import type { ExecutionDescription } from "./execution-rpc.ts";

type DataDetails = {
  readonly included: boolean;
};

/** The member `detail`; what there is not is null. */
type StatusDetail = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: string;
  /** Epoch milliseconds, as all dates here. */
  readonly startDate: number;
  readonly stopDate: number | null;
  /** JSON text. */
  readonly input: string | null;
  readonly inputDetails: DataDetails;
  readonly output: string | null;
  readonly outputDetails: DataDetails | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly stateMachineVersionArn: string | null;
  readonly stateMachineAliasArn: string | null;
  readonly redriveCount: number;
  readonly redriveDate: number | null;
  readonly redriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE";
  readonly redriveStatusReason: string | null;
};

/** A type, not an interface: it is JSON. */
export type StatusEvent = {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": "Step Functions Execution Status Change";
  readonly source: "aws.states";
  readonly account: string;
  /** To the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly [string];
  readonly detail: StatusDetail;
};

/** Of input and output together, as the event's JSON holds them. */
export const MAX_DATA_BYTES: number = 248 * 1024;

/**
 * @param now how the execution is by now: its data are taken of it; undefined: it is not there any more
 * @param maxDataBytes what exceeds it is left out, first the input
 */
export function statusEvent(
  entry: ExecutionIndexEntry,
  now: ExecutionDescription | undefined,
  maxDataBytes: number = MAX_DATA_BYTES,
): StatusEvent {
  const { executionArn, startedAt, stoppedAt, redrivenAt, redriveCount, status, failure = {} } = entry;
  const [, , , region = "", account = ""] = executionArn.split(":");
  const at = stoppedAt ?? redrivenAt ?? startedAt;
  const isLatest = now?.status === status && (now.redriveCount ?? 0) === redriveCount;
  const reason =
    status === "RUNNING" || status === "SUCCEEDED"
      ? `Execution is ${status} and cannot be redriven`
      : isLatest
        ? now.redriveStatusReason
        : undefined;
  return {
    version: "0",
    id: eventId(entry),
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account,
    time: new Date(at).toISOString().replace(/\.\d+Z$/u, "Z"),
    region,
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn: entry.stateMachineArn,
      name: entry.name,
      status,
      startDate: startedAt,
      stopDate: stoppedAt ?? null,
      ...dataOf(
        hideTokens(now?.input),
        status === "SUCCEEDED" ? { output: hideTokens(now?.output) } : undefined,
        maxDataBytes,
      ),
      error: failure.error ?? null,
      cause: hideTokens(failure.cause) ?? null,
      stateMachineVersionArn: entry.stateMachineVersionArn ?? null,
      stateMachineAliasArn: entry.stateMachineAliasArn ?? null,
      redriveCount,
      redriveDate: redrivenAt ?? null,
      redriveStatus: reason === undefined ? "REDRIVABLE" : "NOT_REDRIVABLE",
      redriveStatusReason: reason ?? null,
    },
  };
}

type Data = Pick<StatusDetail, "input" | "inputDetails" | "output" | "outputDetails">;

/** Too large together, the input is left out; an output that is too large by itself is left out as well. */
function dataOf(
  input: string | undefined,
  result: { readonly output: string | undefined } | undefined,
  maxBytes: number,
): Data {
  const outputSize = escapedSize(result?.output);
  const hasInput = input !== undefined && escapedSize(input) + outputSize <= maxBytes;
  const hasOutput = result?.output !== undefined && outputSize <= maxBytes;
  return {
    input: hasInput ? input : null,
    inputDetails: { included: hasInput },
    output: hasOutput ? (result.output ?? null) : null,
    outputDetails: result === undefined ? null : { included: hasOutput },
  };
}

function escapedSize(text: string | undefined): number {
  return text === undefined ? 0 : utf8Size(JSON.stringify(text));
}

/** Always the same for one change of one execution: what is delivered again is known by it. */
export function eventId({ executionArn, startedAt, version }: ExecutionIndexEntry): string {
  const hex = bytesToHex(sha256(utf8ToBytes(`${executionArn} ${startedAt} ${version}`)));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
