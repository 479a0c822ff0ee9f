/**
 * `events:putEvents` and `aws-sdk:eventbridge:putEvents`, on the event bus here.
 *
 * U1. A call that is made again puts the same events: their ids are of the task's idempotency key.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import { Payload } from "../../../data/payload.ts";
import { putEntries, requestFault, type EventBus } from "../../events/event-bus.ts";
import { depthOf } from "../../events/rule-depth.ts";
import { failed, unusableParameters, type TaskAnswer } from "../../tasks/task-call.ts";
import { optimizedFailure, sdkFailure } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";

/** undefined: there is no such action here. */
export async function callEvents(bus: EventBus, call: ServiceCall): Promise<TaskAnswer | undefined> {
  const { action, resourceType } = call.resource;
  if (action !== "putEvents") return undefined;
  const isSdk = resourceType === "aws-sdk:eventbridge";
  const parameters = isObject(call.parameters.value) ? call.parameters.value : {};
  const entries = memberOf(parameters, "Entries");
  const fault = parametersFault(parameters, entries, isSdk);
  if (fault !== undefined || entries === undefined || !isArray(entries))
    return failed("States.Runtime", unusableParameters(call, fault ?? ""));
  const message = requestFault(entries);
  if (message !== undefined) {
    const refusal = { code: "ValidationException", message, status: 400 };
    const failure = isSdk
      ? sdkFailure("EventBridge", refusal, 1)
      : optimizedFailure("EventBridge", "AmazonEventBridge", refusal);
    return { kind: "failed", failure };
  }
  const answer = await putEntries(bus, entries as readonly JsonObject[], {
    key: call.idempotencyKey,
    depth: depthOf(call.executionArn.slice(call.executionArn.lastIndexOf(":") + 1)),
    // AWS adds them to what the optimized integration puts.
    ...(!isSdk && { resources: [call.stateMachineArn, call.executionArn] }),
  });
  if (!isSdk && answer.FailedEntryCount > 0) return failed("EventBridge.FailedEntry", JSON.stringify(answer));
  return taken(call, Payload.of(answer));
}

const TEXTS = ["Source", "DetailType", "EventBusName", "TraceHeader"];
const MEMBERS: ReadonlySet<string> = new Set([...TEXTS, "Detail", "Resources", "Time"]);

function parametersFault(parameters: JsonObject, entries: Json | undefined, isSdk: boolean): string | undefined {
  const stranger = Object.keys(parameters).find((name) => name !== "Entries");
  if (stranger !== undefined) return `The field '${stranger}' is not supported by Step Functions`;
  if (entries === undefined) return "The field 'Entries' is required but was missing";
  if (!isArray(entries)) return "The value for the field 'Entries' must be an ARRAY";
  for (const entry of entries) {
    if (!isObject(entry)) return "The value for the field 'Entries' must be an ARRAY of OBJECTs";
    const unknown = Object.keys(entry).find((name) => !MEMBERS.has(name));
    if (unknown !== undefined) return `The field '${unknown}' is not supported by Step Functions`;
    // The optimized integration writes an object out.
    const texts = isSdk ? [...TEXTS, "Detail"] : TEXTS;
    const wrong = texts.find((name) => !isTextOrNone(memberOf(entry, name)));
    if (wrong !== undefined) return `The value for the field '${wrong}' must be a STRING`;
  }
  return undefined;
}

function isTextOrNone(value: Json | undefined): boolean {
  return value === undefined || value === null || typeof value === "string";
}
