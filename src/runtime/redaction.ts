/**
 * Redaction: what of an execution's data is hidden from whoever only looks.
 *
 * D1. The engine keeps the data, and tasks, workers and parents get them; what is read, logged or sent is redacted.
 * D2. A path is of one place, such as `$.card.number`, in whatever input or output holds it; or of every member of a name, however
 *     deep: `$..password`. JSON that is held as text is looked into.
 * D3. A cause is hidden unless it is JSON, which is redacted as data are: it may quote any part of them.
 * D4. An execution keeps the paths that its state machine had when it was started.
 */
import { isArray, isObject, setMember, type Json } from "../asl/json.ts";
import { parseReferencePath } from "../asl/json-path.ts";
import type { HistoryEvent, HistoryEventDetails } from "../engine/history-event.ts";
import type { ExecutionDescription } from "./execution-rpc.ts";

/** What is shown instead. */
export const HIDDEN = "***";
export const MAX_REDACTED_PATHS = 20;
const MAX_PATH_CHARACTERS = 256;

type Segments = readonly (string | number)[];

type RedactedPath =
  | { readonly kind: "place"; readonly segments: Segments }
  | { readonly kind: "name"; readonly name: string };

/** undefined: it is none. */
export function readRedactedPath(text: string): RedactedPath | undefined {
  if (text.length > MAX_PATH_CHARACTERS) return undefined;
  const anywhere = text.startsWith("$..");
  const path = parseReferencePath(anywhere ? `$${text.slice(text.startsWith("$..[") ? 3 : 2)}` : text);
  const segments = path?.segments.flatMap((segment): Segments => {
    if (segment.kind === "member") return [segment.name];
    return segment.kind === "index" ? [segment.index] : [];
  });
  const [name, ...more] = segments ?? [];
  if (segments === undefined || name === undefined) return undefined;
  if (!anywhere) return { kind: "place", segments };
  return typeof name === "string" && more.length === 0 ? { kind: "name", name } : undefined;
}

/** Shows data and causes without what is hidden. */
export interface Redactor {
  /** JSON text; what is none is hidden. */
  readonly text: (text: string) => string;
  readonly event: (event: HistoryEvent) => HistoryEvent;
  readonly description: (description: ExecutionDescription) => ExecutionDescription;
  readonly cause: (cause: string) => string;
  /** Whether the place is hidden, or one in it or around it. */
  readonly hides: (segments: Segments) => boolean;
}

/** By paths in their stored form; undefined: nothing is hidden. */
export function redactorOf(stored: string | null | undefined): Redactor | undefined {
  const texts = stored === null || stored === undefined ? [] : (JSON.parse(stored) as readonly string[]);
  const paths = texts.map(readRedactedPath).filter((path) => path !== undefined);
  return paths.length === 0 ? undefined : redactorBy(paths);
}

function redactorBy(paths: readonly RedactedPath[]): Redactor {
  const names = new Set(paths.flatMap((path) => (path.kind === "name" ? [path.name] : [])));
  const places = paths.flatMap((path) => (path.kind === "place" ? [path.segments] : []));
  const text = (given: string): string => {
    const value = parsed(given);
    if (value === undefined) return JSON.stringify(HIDDEN);
    const shown = places.reduce<Json>((within, place) => withoutPlace(within, place), withoutNames(value, names));
    return shown === value ? given : JSON.stringify(shown);
  };
  const cause = (given: string): string => (holdsJson(given) && parsed(given) !== undefined ? text(given) : HIDDEN);
  const details = (given: HistoryEventDetails): HistoryEventDetails => {
    const shown = Object.entries(given).map(([member, value]): [string, unknown] => {
      if (member === "assignedVariables") return [member, variables(value as Readonly<Record<string, string>>)];
      if (typeof value !== "string") return [member, value];
      if (member === "cause") return [member, cause(value)];
      return [member, DATA.has(member) ? text(value) : value];
    });
    return Object.fromEntries(shown);
  };
  const variables = (given: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, names.has(name) ? JSON.stringify(HIDDEN) : text(value)]),
    );
  return {
    text,
    cause,
    event: (event) => (event.details === undefined ? event : { ...event, details: details(event.details) }),
    description: (given) => ({
      ...given,
      input: text(given.input),
      ...(given.output !== undefined && { output: text(given.output) }),
      ...(given.cause !== undefined && { cause: cause(given.cause) }),
    }),
    hides: (segments) =>
      segments.some((segment) => names.has(String(segment))) ||
      places.some((place) => place.every((step, i) => i >= segments.length || step === segments[i])),
  };
}

const DATA: ReadonlySet<string> = new Set(["input", "output", "parameters"]);

/** What lies deeper is hidden: nobody can be asked to look for names there. */
const MAX_DEPTH = 1_000;

/** The same value where nothing is hidden in it. */
function withoutNames(value: Json, names: ReadonlySet<string>, depth = 0): Json {
  if (depth > MAX_DEPTH) return HIDDEN;
  if (typeof value === "string" && holdsJson(value)) {
    const inner = parsed(value);
    const shown = inner === undefined ? inner : withoutNames(inner, names, depth + 1);
    return shown === inner ? value : JSON.stringify(shown);
  }
  if (isArray(value)) {
    const shown = value.map((item) => withoutNames(item, names, depth + 1));
    return shown.some((item, i) => item !== value[i]) ? shown : value;
  }
  if (!isObject(value)) return value;
  const shown: Record<string, Json> = {};
  let isChanged = false;
  for (const [name, member] of Object.entries(value)) {
    const seen = names.has(name) ? HIDDEN : withoutNames(member, names, depth + 1);
    isChanged ||= seen !== member;
    setMember(shown, name, seen);
  }
  return isChanged ? shown : value;
}

/** The same value where there is no such place. */
function withoutPlace(value: Json, [step, ...rest]: Segments): Json {
  if (step === undefined) return HIDDEN;
  if (typeof value === "string" && holdsJson(value)) {
    const inner = parsed(value);
    const shown = inner === undefined ? inner : withoutPlace(inner, [step, ...rest]);
    return shown === inner ? value : JSON.stringify(shown);
  }
  if (isArray(value)) {
    if (typeof step !== "number") return value;
    return value.map((item, i) => (i === step ? withoutPlace(item, rest) : item));
  }
  if (!isObject(value) || typeof step !== "string" || !Object.hasOwn(value, step)) return value;
  const shown: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    setMember(shown, name, name === step ? withoutPlace(member, rest) : member);
  }
  return shown;
}

function holdsJson(text: string): boolean {
  return /^\s*[[{]/u.test(text);
}

/** undefined: the text is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
