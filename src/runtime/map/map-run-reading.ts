/**
 * Makes chunks of children out of what the items' source gives, a slice at a time.
 *
 * G1. A slice is read again after a crash: nothing is kept of it but what is stored with its chunks.
 * G2. Items that do not fill a batch yet wait for the next slice; a chunk ends with its slice.
 */
import { payloadBytesOf } from "../../engine/quotas.ts";
import type { Json } from "../../asl/json.ts";
import { utf8Size } from "../../asl/json.ts";
import type { MapState } from "../../asl/types.ts";
import {
  Batcher,
  selected,
  type MapItem,
  type SelectionContext,
  type SelectionMoment,
} from "../../engine/map-run-children.ts";
import { MAX_CHUNK_CHILDREN, windowOf, type MapRunLedger } from "../../engine/map-run-ledger.ts";
import type { ItemSource } from "./item-source.ts";
import type { LoadedMapRun } from "./loaded-map-run.ts";
import type { ChunkItem, ChunkText } from "./map-run-rpc.ts";

interface Reading {
  readonly state: MapState;
  readonly context: SelectionContext;
  readonly source: ItemSource;
  /** `$$.Map.Item.Source` of items without one of their own. */
  readonly sourceName: string;
  readonly moment: SelectionMoment;
  /** Into how many chunks a small dataset is cut, so that the work spreads. */
  readonly spread: number;
}

/** Where the reader stands. */
export interface ReadingPlace {
  readonly position?: Json;
  readonly itemsRead: number;
  readonly rest: readonly ChunkItem[];
}

export interface ReadChunks extends ReadingPlace {
  readonly chunks: readonly ChunkText[];
  readonly isRead: boolean;
}

/** What is held in memory of a dataset. */
const SLICE = { items: 2_000, bytes: 2_000_000 };
/** Characters of the items of a chunk. */
const MAX_CHUNK_CHARACTERS = 800_000;

/** Into how many chunks a small dataset is cut at the most: more spread the work, fewer cost less. */
const MAX_SPREAD = 10;

/** What comes behind what was read before. */
export function readNext(
  run: LoadedMapRun,
  before: ReadingPlace & { readonly ledger: MapRunLedger },
  now: number,
): Promise<ReadChunks> {
  const { state, context, source, sourceName, entropy } = run;
  const spread = Math.min(windowOf(before.ledger.limits), MAX_SPREAD);
  return readChunks({ state, context, source, sourceName, moment: { at: now, entropy }, spread }, before);
}

/** @throws ItemReaderFailure; EvaluationError where the ItemSelector fails and batches are cut by size */
async function readChunks(reading: Reading, place: ReadingPlace): Promise<ReadChunks> {
  const { items: texts, sources, members, position } = await reading.source.read(place.position, SLICE);
  const items = texts.map((text, i): ChunkItem => {
    const index = place.itemsRead + i;
    if (members?.[i] === true) return [index, text, sources?.[i] ?? "", true];
    const source = sources?.[i];
    return source === undefined ? [index, text] : [index, text, source];
  });
  const isRead = position === undefined;
  const { children, rest } = await childrenOf(reading, [...place.rest, ...items], isRead);
  return {
    chunks: chunksOf(children, reading.spread),
    isRead,
    itemsRead: place.itemsRead + items.length,
    rest,
    ...(position !== undefined && { position }),
  };
}

interface Children {
  readonly children: readonly (readonly ChunkItem[])[];
  readonly rest: readonly ChunkItem[];
}

async function childrenOf(reading: Reading, items: readonly ChunkItem[], isLast: boolean): Promise<Children> {
  const { batch } = reading.context.order;
  if (batch === undefined) return { children: items.map((item) => [item]), rest: [] };
  const batcher = new Batcher<ChunkItem>(batch, payloadBytesOf(reading.context.facts));
  const children: (readonly ChunkItem[])[] = [];
  for (const item of items) {
    const full = batcher.add(item, await sizeOf(reading, item));
    if (full !== undefined) children.push(full);
  }
  const rest = batcher.take();
  if (!isLast) return { children, rest };
  return { children: rest.length === 0 ? children : [...children, rest], rest: [] };
}

/** UTF-8 bytes of what the child gets of the item. */
async function sizeOf({ state, context, sourceName, moment }: Reading, item: ChunkItem): Promise<number> {
  if (state.ItemSelector === undefined) return utf8Size(item[1]);
  const payload = await selected(state, context, mapItem(item, sourceName), moment);
  return utf8Size(payload.text);
}

/** The item as its selection sees it. @param sourceName where the item does not have a source of its own */
export function mapItem([index, text, source = "", isMember = false]: ChunkItem, sourceName: string): MapItem {
  return { index, text, source: source === "" ? sourceName : source, isMember };
}

function chunksOf(children: Children["children"], spread: number): readonly ChunkText[] {
  const size = Math.min(Math.max(Math.ceil(children.length / spread), 1), MAX_CHUNK_CHILDREN);
  const chunks: ChunkText[] = [];
  let chunk: (readonly ChunkItem[])[] = [];
  let characters = 0;
  for (const child of children) {
    const length = child.reduce((sum, [, text]) => sum + text.length, 0);
    if (chunk.length === size || (chunk.length > 0 && characters + length > MAX_CHUNK_CHARACTERS)) {
      chunks.push({ children: chunk });
      chunk = [];
      characters = 0;
    }
    chunk.push(child);
    characters += length;
  }
  return chunk.length === 0 ? chunks : [...chunks, { children: chunk }];
}
