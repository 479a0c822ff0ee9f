/** From an answer over HTTP to a task's: what is a result, and what is an error. */
import { Payload } from "../../../data/payload.ts";
import { DEPTH_HEADER, MAX_DEPTH } from "../../outbound/call-depth.ts";
import { failed, type TaskAnswer, type TaskCall } from "../../tasks/task-call.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { resultOf, type HttpAnswer } from "./exchange.ts";

/** What a cause may have. */
const MAX_CAUSE_CHARACTERS = 32_768;

export interface AnswerNames {
  /** Of a status that is no success, such as `States.Http.StatusCode.404`. */
  readonly error: (status: number) => string;
  /** How a header is shown whose name fetch has written small. */
  readonly header?: (name: string) => string;
}

/** Any status but 2xx is an error, whose cause is the answer's body, or without one what the status is called. */
export function answeredTask(call: ServiceCall, answer: HttpAnswer, { error, header }: AnswerNames): TaskAnswer {
  const { status, statusText, text, unusable } = answer;
  if (status < 200 || status > 299) return failed(error(status), (text || statusText).slice(0, MAX_CAUSE_CHARACTERS));
  // The engine tells as AWS does that it is too large, and looks at its size alone.
  if (unusable === "too large") return taken(call, Payload.of(" ".repeat(call.maxPayloadBytes)));
  if (unusable === "not text") {
    return failed(
      "States.Runtime",
      "The answer is not text: its body is no UTF-8, or its type is that of binary data.",
    );
  }
  return taken(call, Payload.of({ ...resultOf(answer, header) }));
}

/** The header that ends state machines which call themselves over HTTP, or the failure of a call too deep. */
export function depthHeader({ callDepth = 0 }: TaskCall): readonly [name: string, value: string] | TaskAnswer {
  if (callDepth < MAX_DEPTH) return [DEPTH_HEADER, String(callDepth + 1)];
  return failed(
    "States.Runtime",
    `The request is not sent: ${MAX_DEPTH} calls by state machines led to each other already.`,
  );
}
