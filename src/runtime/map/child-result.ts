/**
 * What a child execution came to, in the forms that a Distributed Map gives it.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
import { formatTimestamp } from "../../asl/instant.ts";
import { isArray } from "../../asl/json.ts";
import { MAX_PAYLOAD_BYTES, Payload } from "../../data/payload.ts";
import type { ResultWriter } from "../../asl/types.ts";
import { cutJson } from "./cut-json.ts";
import { compactJson } from "./json-span.ts";

export interface ChildResult {
  readonly ExecutionArn: string;
  readonly Name: string;
  readonly StateMachineArn: string;
  /** PENDING: it was never started. */
  readonly Status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING";
  /** JSON text, like the output. */
  readonly Input: string;
  readonly Output?: string;
  readonly Error?: string;
  readonly Cause?: string;
  readonly RedriveCount: number;
  readonly RedriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE" | "REDRIVABLE_BY_MAP_RUN";
  readonly RedriveStatusReason?: string;
  /** Epoch milliseconds. */
  readonly StartDate?: number;
  readonly StopDate?: number;
}

export type WriterConfig = NonNullable<ResultWriter["WriterConfig"]>;

/** Without a ResultWriter: the outputs in an array. */
const STATE_OUTPUT: WriterConfig = { Transformation: "COMPACT", OutputType: "JSON" };

/** The results as JSON texts. What did not succeed is always shown as a whole. */
export function transformed(result: ChildResult, transformation: WriterConfig["Transformation"]): readonly string[] {
  const { Status, Output } = result;
  if (Status !== "SUCCEEDED" || Output === undefined || transformation === "NONE") return [describeChild(result)];
  const isFlattened = transformation === "FLATTEN" && isArray(Payload.fromText(Output).value);
  return isFlattened ? elementsOf(Output) : [compactJson(Output)];
}

function describeChild(result: ChildResult): string {
  const { ExecutionArn, Name, StateMachineArn, Status, Input, Output, Error, Cause, StartDate, StopDate } = result;
  const { RedriveCount, RedriveStatus, RedriveStatusReason } = result;
  return JSON.stringify({
    Cause,
    Error,
    ExecutionArn,
    Input,
    InputDetails: { Included: true },
    Name,
    Output,
    OutputDetails: Output === undefined ? undefined : { Included: true },
    RedriveCount,
    RedriveStatus,
    RedriveStatusReason,
    StartDate: StartDate === undefined ? undefined : formatTimestamp(StartDate),
    StateMachineArn,
    Status,
    StopDate: StopDate === undefined ? undefined : formatTimestamp(StopDate),
  });
}

/** The elements of an array as they are written, so that their numbers keep their digits. */
function elementsOf(array: string): readonly string[] {
  const cutter = cutJson(undefined)(0);
  return Array.from(cutter.cut(new TextEncoder().encode(array)), ({ text }) => text);
}

/**
 * The result of a Map state whose results are not exported: an array, or JSON Lines as a text.
 * @returns undefined: it is larger than a state's output may be
 */
export async function stateOutput(
  results: AsyncIterable<ChildResult> | Iterable<ChildResult>,
  config: WriterConfig = STATE_OUTPUT,
  maxBytes: number = MAX_PAYLOAD_BYTES,
): Promise<string | undefined> {
  const texts: string[] = [];
  let size = 0;
  for await (const result of results) {
    for (const text of transformed(result, config.Transformation)) {
      texts.push(text);
      size += text.length + 1;
    }
    if (size > maxBytes) return undefined;
  }
  const output = config.OutputType === "JSON" ? `[${texts.join(",")}]` : JSON.stringify(texts.join("\n"));
  return Payload.fromText(output).exceeds(maxBytes) ? undefined : output;
}
