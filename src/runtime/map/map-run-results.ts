/** What becomes of the children's results when a Map Run ends: an export, or the state's output. */
import { payloadBytesOf } from "../../engine/quotas.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { childInput } from "../../engine/map-run-children.ts";
import { dataLimitExceeded } from "../../engine/visit.ts";
import type { Buckets } from "../objects/buckets.ts";
import { stateOutput, type ChildResult } from "./child-result.ts";
import { childNames, isStandard, type ChildNames, type LoadedMapRun } from "./loaded-map-run.ts";
import { mapItem } from "./map-run-reading.ts";
import type { ChildOutcome, ChunkItem, MapRunOutcome } from "./map-run-rpc.ts";
import type { MapRunState, MapRunStore } from "./map-run-store.ts";
import { writeStretch, type StretchLimits } from "./map-run-writing.ts";
import { ResultWriting, type ResultsPosition } from "./result-writer.ts";

export interface FinishedMapRun {
  readonly outcome: MapRunOutcome;
  /** How many results were exported. */
  readonly written: number;
}

/**
 * Of a Map Run that fails, what it has is exported as well. Many results are exported in stretches; undefined: the next one is
 * to be asked for. @throws ResultWriterFailure
 */
export async function finishMapRun(
  run: LoadedMapRun,
  state: MapRunState,
  store: MapRunStore,
  buckets: Buckets,
  limits?: StretchLimits,
): Promise<FinishedMapRun | undefined> {
  const { ResultWriter } = run.state;
  const failure = state.ledger.ending?.failure;
  if (ResultWriter?.Resource === undefined) {
    if (failure !== undefined) return { outcome: { failure }, written: 0 };
    const maxBytes = payloadBytesOf(run.context.facts);
    const output = await stateOutput(allResults(run, state, store), ResultWriter?.WriterConfig, maxBytes);
    return { outcome: output === undefined ? { failure: dataLimitExceeded(run.state.Name) } : { output }, written: 0 };
  }
  const { WriterConfig } = ResultWriter;
  const writer = { input: run.context.order.writer ?? {}, ...(WriterConfig && { WriterConfig }) };
  const { mapRunArn } = run.plan;
  const begin = (from?: ResultsPosition): ResultWriting =>
    new ResultWriting(writer, buckets, mapRunArn, from, limits?.files);
  const results = { chunks: state.ledger.chunks, of: (chunk: number) => chunkResults(run, state, store, chunk) };
  const ResultWriterDetails = await writeStretch(begin, results, state.ledger.epoch, store, limits);
  if (ResultWriterDetails === undefined) return undefined;
  const output = JSON.stringify({ MapRunArn: mapRunArn, ResultWriterDetails });
  return { outcome: failure === undefined ? { output } : { failure }, written: state.ledger.executions.total };
}

/** In the order of the items; a chunk at a time in memory. */
async function* allResults(run: LoadedMapRun, state: MapRunState, store: MapRunStore): AsyncGenerator<ChildResult> {
  for (let chunk = 0; chunk < state.ledger.chunks; chunk++) yield* chunkResults(run, state, store, chunk);
}

async function* chunkResults(
  run: LoadedMapRun,
  { ledger }: MapRunState,
  store: MapRunStore,
  chunk: number,
): AsyncGenerator<ChildResult> {
  const names = childNames(run.plan.mapRunArn, isStandard(run));
  const outcomes = store.outcomes(chunk);
  for (const [position, items] of store.chunk(chunk).children.entries()) {
    const outcome = outcomes.get(position);
    const name = names.name(chunk, position, outcome?.epoch ?? ledger.epoch);
    yield outcome === undefined
      ? pendingResult(names, name, await inputOf(run, items))
      : await resultOf(run, names, name, outcome, items);
  }
}

async function resultOf(
  run: LoadedMapRun,
  names: ChildNames,
  name: string,
  outcome: ChildOutcome,
  items: readonly ChunkItem[],
): Promise<ChildResult> {
  const { status, input, output, error, cause, startedAt, stoppedAt, redriveCount = 0 } = outcome;
  const isRedrivable = status !== "SUCCEEDED";
  return {
    ExecutionArn: names.arn(name),
    Name: name,
    StateMachineArn: names.stateMachineArn,
    Status: status,
    Input: input ?? (await inputOf(run, items)),
    ...(output !== undefined && { Output: output }),
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause }),
    RedriveCount: redriveCount,
    RedriveStatus: isRedrivable ? "REDRIVABLE_BY_MAP_RUN" : "NOT_REDRIVABLE",
    ...(!isRedrivable && { RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven" }),
    StartDate: startedAt,
    StopDate: stoppedAt,
  };
}

function pendingResult(names: ChildNames, name: string, input: string): ChildResult {
  return {
    ExecutionArn: names.arn(name),
    Name: name,
    StateMachineArn: names.stateMachineArn,
    Status: "PENDING",
    Input: input,
    RedriveCount: 0,
    RedriveStatus: "REDRIVABLE_BY_MAP_RUN",
  };
}

/** What the child would have been given; where it cannot be selected, the items themselves. */
async function inputOf(run: LoadedMapRun, items: readonly ChunkItem[]): Promise<string> {
  const mapItems = items.map((item) => mapItem(item, run.sourceName));
  try {
    const moment = { at: run.context.enteredAt, entropy: run.entropy };
    return (await childInput(run.state, run.context, mapItems, moment)).text;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return `[${items.map(([, text]) => text).join(",")}]`;
  }
}
