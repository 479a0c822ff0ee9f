/** An execution's history as lines for a terminal: when, what, in which state, and the part worth knowing. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { styleText } from "node:util";

const DETAIL_CHARACTERS = 70;

type Color = "bold" | "cyan" | "dim" | "green" | "red" | "yellow";

export class Timeline {
  readonly #events: Map<number, HistoryEvent> = new Map();
  #startedAt = 0;

  title(name: string): string {
    return paint("bold", name);
  }

  result(status: string, name: string, seconds: number, text: string): string {
    const took = `${seconds.toFixed(1)} s`.padStart(7);
    return `${paint(status === "SUCCEEDED" ? "green" : "red", status)} ${name.padEnd(18)}${took}  ${shorten(text)}`;
  }

  /** The event's line; none if it was seen before. */
  add(event: HistoryEvent): readonly string[] {
    const id = event.id ?? 0;
    if (this.#events.has(id)) return [];
    this.#events.set(id, event);
    const at = event.timestamp?.getTime() ?? 0;
    if (this.#events.size === 1) this.#startedAt = at;
    const seconds = `${((at - this.#startedAt) / 1000).toFixed(3)} s`.padStart(11);
    const type = event.type ?? "";
    return [
      `${paint("dim", seconds)}  ${paint(colorOf(type), type.padEnd(22))} ${this.#placeOf(event).padEnd(24)} ${detailOf(event)}`,
    ];
  }

  /** The state it happened in, and the iteration of a Map: both are among the events that led to it. */
  #placeOf(event: HistoryEvent): string {
    if (event.type?.startsWith("Execution") === true) return "";
    let state: string | undefined;
    let iteration: number | undefined;
    for (let at: HistoryEvent | undefined = event; at !== undefined; at = this.#events.get(at.previousEventId ?? 0)) {
      state ??= at.stateEnteredEventDetails?.name ?? at.stateExitedEventDetails?.name;
      iteration ??= at.mapIterationStartedEventDetails?.index ?? at.mapIterationSucceededEventDetails?.index;
      // What comes before a Map, and what comes after it, is in none of its iterations.
      if (iteration !== undefined || /^MapState(?:Started|Succeeded|Exited)$/u.test(at.type ?? "")) break;
    }
    return [state, iteration === undefined ? undefined : `#${iteration}`]
      .filter((part) => part !== undefined)
      .join(" ");
  }
}

function detailOf(event: HistoryEvent): string {
  const failed =
    event.taskFailedEventDetails ?? event.lambdaFunctionFailedEventDetails ?? event.executionFailedEventDetails;
  if (failed !== undefined) return paint("red", shorten(`${failed.error ?? ""}: ${messageOf(failed.cause ?? "")}`));
  const text =
    event.executionStartedEventDetails?.input ??
    event.stateEnteredEventDetails?.input ??
    event.stateExitedEventDetails?.output ??
    payloadOf(event.taskSucceededEventDetails?.output) ??
    payloadOf(event.taskSubmittedEventDetails?.output) ??
    event.lambdaFunctionSucceededEventDetails?.output ??
    event.executionSucceededEventDetails?.output ??
    event.taskScheduledEventDetails?.parameters ??
    "";
  return paint("dim", shorten(text));
}

/** What the function answered, without the envelope around it. */
function payloadOf(output: string | undefined): string | undefined {
  if (output === undefined) return undefined;
  const value = JSON.parse(output) as { Payload?: unknown } | null;
  return value?.Payload === undefined ? output : JSON.stringify(value.Payload);
}

/** A function's error comes with its stack; its message is enough. */
function messageOf(cause: string): string {
  try {
    const message = (JSON.parse(cause) as { errorMessage?: unknown } | null)?.errorMessage;
    return typeof message === "string" ? message : cause;
  } catch {
    return cause;
  }
}

function colorOf(type: string): Color {
  if (/Failed|TimedOut|Aborted/u.test(type)) return "red";
  if (/Succeeded/u.test(type)) return "green";
  return type.startsWith("Task") || type.startsWith("Lambda") ? "yellow" : "cyan";
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  return line.length > DETAIL_CHARACTERS ? `${line.slice(0, DETAIL_CHARACTERS - 1)}…` : line;
}

function paint(color: Color, text: string): string {
  return process.stdout.isTTY ? styleText(color, text) : text;
}
