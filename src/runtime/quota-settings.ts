/**
 * The quotas that may be set: AWS's own where nothing is.
 *
 * Q1. What the engine needs to know is pinned to an execution at its start: a change applies to what starts after it.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
import { MAX_DEFINITION_CHARACTERS } from "../asl/parse.ts";
import { MAX_STEPS } from "../data/effort.ts";
import { MAX_PAYLOAD_BYTES } from "../data/payload.ts";
import { MAX_HISTORY_EVENTS, type ExecutionQuotas } from "../engine/quotas.ts";

export interface Quotas {
  /** Of the input or output of a task, a state or an execution. */
  readonly PayloadBytes: number;
  /** Of a Standard execution. */
  readonly HistoryEvents: number;
  /** Of the expressions and paths of a state, with data to match: about thirty million in a second. */
  readonly EvaluationSteps: number;
  readonly DefinitionCharacters: number;
  /** Of a state machine or an activity. */
  readonly Tags: number;
  /** Of a state machine. */
  readonly Versions: number;
  /** Of a state machine. */
  readonly Aliases: number;
  /** Infinity: they are not counted. */
  readonly StateMachines: number;
  /** Infinity: they are not counted. */
  readonly Activities: number;
}

export const DEFAULT_QUOTAS: Quotas = {
  PayloadBytes: MAX_PAYLOAD_BYTES,
  HistoryEvents: MAX_HISTORY_EVENTS,
  EvaluationSteps: MAX_STEPS,
  DefinitionCharacters: MAX_DEFINITION_CHARACTERS,
  Tags: 50,
  Versions: 1_000,
  Aliases: 100,
  StateMachines: Infinity,
  Activities: Infinity,
};

/** What each of them can be. More than that would not fit a row, a request or an object's memory. */
const BOUNDS: { readonly [Name in keyof Quotas]: readonly [min: number, max: number] } = {
  PayloadBytes: [1_024, 4_194_304],
  HistoryEvents: [10, 1_000_000],
  EvaluationSteps: [100_000, 300_000_000],
  DefinitionCharacters: [1_024, 1_500_000],
  Tags: [0, 1_000],
  Versions: [1, 100_000],
  Aliases: [1, 10_000],
  StateMachines: [1, 1_000_000],
  Activities: [1, 1_000_000],
};

/** Of `PayloadBytes=1048576, HistoryEvents=50000`. Throws an Error that names the setting and what it takes. */
export function readQuotas(text: string): Quotas {
  const quotas: Record<keyof Quotas, number> = { ...DEFAULT_QUOTAS };
  for (const item of text.split(",").map((x) => x.trim())) {
    if (item === "") continue;
    const { name = "", value = "" } = /^(?<name>\w+) *= *(?<value>\d+)$/u.exec(item)?.groups ?? {};
    if (!isQuota(name)) {
      throw new Error(`QUOTAS must be numbers by name, such as "PayloadBytes=1048576, Tags=100": '${item}', ${NAMES}`);
    }
    const [min, max] = BOUNDS[name];
    if (Number(value) < min || Number(value) > max) {
      throw new Error(`QUOTAS: '${item}' must be from ${min} to ${max}`);
    }
    quotas[name] = Number(value);
  }
  return quotas;
}

const NAMES = `where a name is one of ${Object.keys(BOUNDS).join(", ")}`;

function isQuota(name: string): name is keyof Quotas {
  return Object.hasOwn(BOUNDS, name);
}

/** What an execution is to be pinned to; undefined: nothing but what goes without saying. */
export function pinnedQuotas(quotas: Quotas): ExecutionQuotas | undefined {
  const { PayloadBytes, HistoryEvents, EvaluationSteps } = quotas;
  const pinned: ExecutionQuotas = {
    ...(PayloadBytes !== MAX_PAYLOAD_BYTES && { payloadBytes: PayloadBytes }),
    ...(HistoryEvents !== MAX_HISTORY_EVENTS && { historyEvents: HistoryEvents }),
    ...(EvaluationSteps !== MAX_STEPS && { evaluationSteps: EvaluationSteps }),
  };
  return Object.keys(pinned).length === 0 ? undefined : pinned;
}
