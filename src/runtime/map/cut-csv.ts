/**
 * Rows of a CSV object: each is an item with the headers as names and texts as values.
 *
 * A quote counts where a field begins with it; within quotes stand delimiters, line ends and doubled quotes. What a row has too
 * many is dropped, what it lacks is empty, nothing is trimmed. An empty line is no row.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
import Papa from "papaparse";
import { utf8Size } from "../../asl/json.ts";
import type { ReaderConfig } from "../../asl/types.ts";
import { type BeginCutting, type Cut, type Cutter, ItemBytes } from "./cutter.ts";
import { ItemReaderFailure } from "./failures.ts";

const DELIMITERS = { COMMA: ",", PIPE: "|", SEMICOLON: ";", SPACE: " ", TAB: "\t" } as const;
const MAX_HEADER_BYTES = 10_240;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** Where the next byte stands: a field begins, goes on, is within quotes, or has just left them. */
type Place = typeof START | typeof PLAIN | typeof QUOTED | typeof CLOSING;

const START = 0;
const PLAIN = 1;
const QUOTED = 2;
const CLOSING = 3;

/** Throws ItemReaderFailure for headers that cannot be. */
export function cutCsv(config: Pick<ReaderConfig, "CSVHeaders" | "CSVHeaderLocation" | "CSVDelimiter">): BeginCutting {
  const delimiter = DELIMITERS[config.CSVDelimiter ?? "COMMA"];
  const given = config.CSVHeaderLocation === "GIVEN" ? checkedHeaders(config.CSVHeaders ?? []) : undefined;
  return (offset, memo) => new CsvCutter(delimiter, given ?? (memo as readonly string[] | undefined), offset);
}

class CsvCutter implements Cutter {
  readonly isDone = false;
  readonly #parser: Papa.Parser;
  readonly #delimiterByte: number;
  /** Absent: the next row has them. */
  #headers: readonly string[] | undefined;
  /** The headers as an item has them, colon included. */
  #names: readonly string[];
  readonly #row = new ItemBytes();
  #place: Place = START;
  #offset: number;

  constructor(delimiter: string, headers: readonly string[] | undefined, offset: number) {
    this.#parser = new Papa.Parser({ delimiter, newline: "\n" });
    this.#delimiterByte = delimiter.charCodeAt(0);
    this.#headers = headers;
    this.#names = namesOf(headers ?? []);
    this.#offset = offset;
  }

  get memo(): readonly string[] {
    return this.#headers ?? [];
  }

  *cut(chunk: Uint8Array): Iterable<Cut> {
    let from = 0;
    for (;;) {
      const at = this.#rowEnd(chunk, from);
      this.#row.append(chunk.subarray(from, at));
      if (at === chunk.length) break;
      from = at + 1;
      yield* this.#end(this.#offset + from);
    }
    this.#offset += chunk.length;
  }

  /** Where the row's line end is; the chunk's length where it has none here. */
  #rowEnd(chunk: Uint8Array, from: number): number {
    const newline = chunk.indexOf(NEWLINE, from);
    const end = newline < 0 ? chunk.length : newline;
    // A row without quotes ends with its line.
    if (this.#place === START && !chunk.subarray(from, end).includes(QUOTE)) {
      if (newline < 0 && end > from) this.#place = chunk[end - 1] === this.#delimiterByte ? START : PLAIN;
      return end;
    }
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE && this.#place !== QUOTED) return at;
      this.#place = placeAfter(this.#place, byte, this.#delimiterByte);
    }
    return chunk.length;
  }

  *finish(): Iterable<Cut> {
    if (this.#place === QUOTED) throw new ItemReaderFailure("The CSV dataset ends within a quoted field.");
    yield* this.#end(this.#offset);
  }

  *#end(end: number): Iterable<Cut> {
    const line = this.#row.take().replace(/\r$/u, "");
    this.#place = START;
    if (line === "") return;
    // A row may hold line ends within quotes.
    const { data, errors } = this.#parser.parse(line, 0, false) as Papa.ParseResult<readonly string[]>;
    if (errors.length > 0) {
      throw new ItemReaderFailure("The CSV dataset has a quoted field with more behind its closing quote.");
    }
    const [fields = []] = data;
    if (this.#headers === undefined) {
      this.#headers = checkedHeaders(fields);
      this.#names = namesOf(this.#headers);
    } else {
      const members = this.#names.map((name, i) => name + JSON.stringify(fields[i] ?? ""));
      yield { text: `{${members.join(",")}}`, end };
    }
  }
}

function placeAfter(place: Place, byte: number, delimiter: number): Place {
  if (place === QUOTED) return byte === QUOTE ? CLOSING : QUOTED;
  if (byte === delimiter) return START;
  return byte === QUOTE && place !== PLAIN ? QUOTED : PLAIN;
}

function namesOf(headers: readonly string[]): readonly string[] {
  return headers.map((header) => `${JSON.stringify(header)}:`);
}

function checkedHeaders(headers: readonly string[]): readonly string[] {
  if (new Set(headers).size !== headers.length) throw new ItemReaderFailure("CSV headers cannot contain duplicates.");
  if (utf8Size(headers.join()) > MAX_HEADER_BYTES) {
    throw new ItemReaderFailure(`CSV headers cannot be larger than ${MAX_HEADER_BYTES} bytes.`);
  }
  return headers;
}
