/**
 * A Map Run's child executions: which items each gets, what its input is, and what it is called.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
import { isArray, utf8Size, type Json } from "../asl/json.ts";
import type { MapState, State, SubMachine } from "../asl/types.ts";
import { contextObject, mapItemOf } from "../data/context-object.ts";
import { newEffort } from "../data/effort.ts";
import type { Entropy } from "../data/intrinsics.ts";
import { Payload } from "../data/payload.ts";
import { Scope } from "../data/scope.ts";
import type { ExecutionFacts, MapRunBatch, MapRunOrder, Redrive } from "./execution.ts";
import { selectedItem } from "./states/map-items.ts";

/** What an item's selection sees, beside the item. */
export interface SelectionContext {
  /** Of the execution whose state the Map Run is. */
  readonly facts: ExecutionFacts;
  readonly redrive?: Redrive;
  readonly stateName: string;
  /** Epoch milliseconds. */
  readonly enteredAt: number;
  readonly retryCount: number;
  readonly order: MapRunOrder;
}

export interface MapItem {
  /** Among all items, from 0. */
  readonly index: number;
  /** JSON text. */
  readonly text: string;
  readonly source: string;
  /** It is a member of an object, as a pair of `Key` and `Value`. */
  readonly isMember?: boolean;
}

/** The time and the randomness of an evaluation. */
export interface SelectionMoment {
  readonly at: number;
  readonly entropy: Entropy;
}

/** The distributed Map state of that name, wherever in the machine it stands; names are unique in the whole of it. */
export function findMapState({ States }: SubMachine, name: string): MapState | undefined {
  for (const state of States.values()) {
    if (state.Name === name && state.Type === "Map") return state;
    for (const inner of innerMachines(state)) {
      const found = findMapState(inner, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function innerMachines(state: State): readonly SubMachine[] {
  if (state.Type === "Parallel") return state.Branches;
  return state.Type === "Map" ? [state.ItemProcessor] : [];
}

/** The definition that the child executions of that Map state run. @param definition of the machine around it, as it was created */
export function childDefinition(definition: string, stateName: string): string | undefined {
  const machine = JSON.parse(definition) as Definition;
  const processor = findProcessor(machine, stateName);
  if (processor === undefined) return undefined;
  const { ProcessorConfig: _, ...child } = processor;
  const language =
    machine.QueryLanguage === "JSONata" && !("QueryLanguage" in child) ? { QueryLanguage: "JSONata" } : {};
  return JSON.stringify({ ...language, ...child });
}

type Definition = Readonly<Record<string, Json>>;

function findProcessor(machine: Json | undefined, name: string): Definition | undefined {
  if (!isDefinition(machine) || !isDefinition(machine["States"])) return undefined;
  for (const [stateName, state] of Object.entries(machine["States"])) {
    if (!isDefinition(state)) continue;
    const processor = state["ItemProcessor"] ?? state["Iterator"];
    if (stateName === name && isDefinition(processor)) return processor;
    const branches = isArray(state["Branches"]) ? state["Branches"] : [];
    for (const inner of [processor, ...branches]) {
      const found = findProcessor(inner, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function isDefinition(value: Json | undefined): value is Definition {
  return typeof value === "object" && value !== null && !isArray(value);
}

/** The input of the child that gets these items. @throws EvaluationError where the ItemSelector fails */
export async function childInput(
  state: MapState,
  context: SelectionContext,
  items: readonly MapItem[],
  moment: SelectionMoment,
): Promise<Payload> {
  const { batch } = context.order;
  const [first] = items;
  if (batch === undefined && first !== undefined) return selected(state, context, first, moment);
  const payloads: Payload[] = [];
  for (const item of items) payloads.push(await selected(state, context, item, moment));
  return batchPayload(batch, payloads);
}

function batchPayload(batch: MapRunBatch | undefined, items: readonly Payload[]): Payload {
  const given = batch?.input === undefined ? "" : `"BatchInput":${JSON.stringify(batch.input)},`;
  return Payload.fromText(`{${given}"Items":${Payload.arrayOf(items).text}}`);
}

/** Puts items together until a limit is reached; `take` answers the batch that the item did not fit into any more. */
export class Batcher<Item> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #ownBytes: number;
  #items: Item[] = [];
  #bytes: number;

  /** @param maxPayloadBytes of any input */
  constructor(batch: MapRunBatch, maxPayloadBytes: number) {
    this.#maxItems = batch.maxItems ?? Infinity;
    this.#maxBytes = Math.min(batch.maxInputBytes ?? maxPayloadBytes, maxPayloadBytes);
    this.#ownBytes = utf8Size(batchPayload(batch, []).text);
    this.#bytes = this.#ownBytes;
  }

  /** @param bytes of the item as the child gets it. One that fits into no batch is alone in its own. */
  add(item: Item, bytes: number): readonly Item[] | undefined {
    const isFull = this.#items.length >= this.#maxItems || this.#bytes + bytes + 1 > this.#maxBytes;
    const full = isFull && this.#items.length > 0 ? this.take() : undefined;
    this.#items.push(item);
    this.#bytes += bytes + 1;
    return full;
  }

  /** What is left over. */
  take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    this.#bytes = this.#ownBytes;
    return items;
  }
}

/** What the ItemSelector makes of an item. */
export async function selected(
  state: MapState,
  context: SelectionContext,
  { index, text, source, isMember = false }: MapItem,
  { at, entropy }: SelectionMoment,
): Promise<Payload> {
  const item = Payload.fromText(text);
  if (state.ItemSelector === undefined) return item;
  const { facts, redrive, stateName, enteredAt, retryCount, order } = context;
  const mapItem = { ...mapItemOf(index, item.value, isMember), source };
  const scope = new Scope(order.input.value, {
    context: () =>
      contextObject(
        { ...facts, input: facts.input.value, ...(redrive && { redrive }) },
        { name: stateName, enteredAt, retryCount, mapItem },
      ),
    variable: (name) => (Object.hasOwn(order.variables, name) ? order.variables[name] : undefined),
    variables: () => order.variables,
    entropy,
    at,
    effort: newEffort(facts.quotas?.evaluationSteps),
  });
  return Payload.of(await selectedItem(state, item.value, scope));
}

/**
 * The child's name: the same whenever it is begun again. A UUID that ends with the child's number, so that whoever has the
 * name finds the child. @param mapRunId the last part of the Map Run's ARN
 */
export function childName(mapRunId: string, number: number, epoch: number): string {
  const digits = mapRunId.replaceAll("-", "").padEnd(16, "0");
  const group = (Number.parseInt(digits.slice(12, 16), 16) ^ epoch).toString(16).padStart(4, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${group}-${number.toString(16).padStart(12, "0")}`;
}

/** The number that a child's name ends with. */
export function childNumber(name: string): number | undefined {
  const digits = /-([\da-f]{12})$/u.exec(name)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
