/**
 * Tasks on queues: `sqs:sendMessage` and `aws-sdk:sqs:…`, with SQS's results and errors.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
 */
import { isObject, type JsonObject } from "../../../asl/json.ts";
import { Payload } from "../../../data/payload.ts";
import type { ArnConfig } from "../../arn.ts";
import { sequenceNumberOf } from "../../messages/sequence-number.ts";
import { isFifo, queueNameOf, queueUrlOf } from "../../queues/queue-name.ts";
import type { MessageQueues, QueueRefusal } from "../../queues/send.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { exceptionName, optimizedFailure, sdkFailure, sdkMetadata, type ServiceRefusal } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { ParameterFault, readParameters, withParameters, type ParametersOf } from "../parameters.ts";
import { answerOf, ENTRY, missing, readEntry } from "./message-entry.ts";

export interface SqsHost {
  readonly config: ArnConfig;
  readonly queues: MessageQueues;
  now(): number;
}

type Outcome =
  | { readonly ok: true; readonly result: JsonObject }
  | { readonly ok: false; readonly refusal: ServiceRefusal };

const QUEUE_URL = { QueueUrl: "text?" } as const;
const BATCH_ENTRY = { Id: "text?", ...ENTRY, MessageBody: "text?" } as const;
/** What is needed is for SQS to say. */
const ACTIONS = {
  getQueueUrl: { QueueName: "text?", QueueOwnerAWSAccountId: "text?" },
  sendMessage: { ...QUEUE_URL, ...ENTRY, MessageBody: "text?" },
  sendMessageBatch: { ...QUEUE_URL, Entries: "list?" },
} as const;

/** The optimized integration. */
export async function callSqs(host: SqsHost, call: ServiceCall): Promise<TaskAnswer | undefined> {
  if (call.resource.action !== "sendMessage") return undefined;
  return withParameters(call, async () => {
    // Any JSON value, which becomes its text.
    const parameters = readParameters(call.parameters.value, { ...QUEUE_URL, ...ENTRY });
    const sent = await sendMessage(host, call, parameters, "MD5");
    if (!sent.ok) return optimized(sent.refusal);
    const length = JSON.stringify(sent.result).length;
    return taken(call, Payload.of({ ...sent.result, ...sdkMetadata("application/x-amz-json-1.0", length) }));
  });
}

/** The SDK's. undefined: there is no such action here. */
export async function callSqsSdk(host: SqsHost, call: ServiceCall): Promise<TaskAnswer | undefined> {
  const { action } = call.resource;
  if (!isAction(action)) return undefined;
  return withParameters(call, async () => {
    const outcome = await performAction(host, call, action);
    if (outcome.ok) return taken(call, Payload.of(outcome.result));
    const { refusal } = outcome;
    if (refusal.code === UNREACHABLE) return failed("Sqs.SdkClientException", refusal.message);
    const { cause = "" } = sdkFailure("Sqs", refusal, 1);
    return failed(
      `Sqs.${EXCEPTIONS[refusal.code] === undefined ? "SqsException" : exceptionName(refusal.code)}`,
      cause,
    );
  });
}

function isAction(action: string): action is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, action);
}

function performAction(host: SqsHost, call: ServiceCall, action: keyof typeof ACTIONS): Promise<Outcome> {
  const given = call.parameters.value;
  switch (action) {
    case "getQueueUrl":
      return getQueueUrl(host, readParameters(given, ACTIONS.getQueueUrl));
    case "sendMessage":
      return sendMessage(host, call, readParameters(given, ACTIONS.sendMessage), "Md5");
    case "sendMessageBatch":
      return sendMessageBatch(host, call, readParameters(given, ACTIONS.sendMessageBatch));
  }
}

async function sendMessage(
  host: SqsHost,
  call: ServiceCall,
  parameters: ParametersOf<typeof QUEUE_URL & typeof ENTRY>,
  md5: "MD5" | "Md5",
): Promise<Outcome> {
  const queue = readQueue(parameters);
  if (typeof queue !== "string") return refused(queue);
  const entry = readEntry(call, queue, parameters, host.now());
  if (!entry.ok) return entry;
  const refusal = await host.queues.send(queue, [entry.message]);
  return refusal === undefined
    ? { ok: true, result: { ...answerOf(entry.message, md5), ...sequenceOf(queue, call) } }
    : refused(refusalOf(refusal));
}

const MAX_ENTRIES = 10;

async function sendMessageBatch(
  host: SqsHost,
  call: ServiceCall,
  parameters: ParametersOf<typeof ACTIONS.sendMessageBatch>,
): Promise<Outcome> {
  const queue = readQueue(parameters);
  if (typeof queue !== "string") return refused(queue);
  const entries = (parameters.Entries ?? []).map((entry) => {
    if (!isObject(entry)) throw ParameterFault.ofFormat("Entries");
    return readParameters(entry, BATCH_ENTRY);
  });
  if (entries.length === 0)
    return refused(
      invalid("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."),
    );
  if (entries.length > MAX_ENTRIES) {
    const text = `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`;
    return refused(invalid("TooManyEntriesInBatchRequest", text));
  }
  const ids = entries.map(({ Id = "" }) => Id);
  const wrong = ids.find((id) => !/^[\w-]{1,80}$/u.test(id));
  if (wrong !== undefined) {
    const text =
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
    return refused(invalid("InvalidBatchEntryId", text));
  }
  const doubled = ids.find((id, i) => ids.indexOf(id) !== i);
  if (doubled !== undefined) return refused(invalid("BatchEntryIdsNotDistinct", `Id ${doubled} repeated.`));
  const at = host.now();
  const read = entries.map((entry, i) => ({ Id: ids[i] ?? "", entry: readEntry(call, queue, entry, at, ids[i]) }));
  const good = read.flatMap(({ Id, entry }) => (entry.ok ? [{ Id, message: entry.message }] : []));
  const refusal =
    good.length === 0
      ? await host.queues.find(queue)
      : await host.queues.send(
          queue,
          good.map(({ message }) => message),
        );
  if (refusal !== undefined) return refused(refusalOf(refusal));
  const bad = read.flatMap(({ Id, entry }) => (entry.ok ? [] : [{ Id, ...entry.refusal }]));
  return {
    ok: true,
    result: {
      Failed: bad.map(({ Id, code, message }) => ({ Code: code, Id, Message: message, SenderFault: true })),
      Successful: good.map(({ Id, message }) => ({ Id, ...answerOf(message, "Md5"), ...sequenceOf(queue, call) })),
    },
  };
}

async function getQueueUrl(
  { config, queues }: SqsHost,
  { QueueName: text = "" }: ParametersOf<typeof ACTIONS.getQueueUrl>,
): Promise<Outcome> {
  if (text === "") return refused(invalid("MissingParameter", missing("QueueName")));
  const name = queueNameOf(text);
  const refusal = name === text ? await queues.find(name) : NO_SUCH_QUEUE;
  return refusal === undefined
    ? { ok: true, result: { QueueUrl: queueUrlOf(config, text) } }
    : refused(refusalOf(refusal));
}

function sequenceOf(queue: string, call: ServiceCall): { readonly SequenceNumber?: string } {
  return isFifo(queue) ? { SequenceNumber: sequenceNumberOf(call) } : {};
}

/** The queue's name. */
function readQueue({ QueueUrl: url = "" }: ParametersOf<typeof QUEUE_URL>): string | ServiceRefusal {
  if (url === "") return invalid("MissingParameter", missing("QueueUrl"));
  const name = queueNameOf(url);
  if (name !== undefined) return name;
  // A host of nobody's: the SDK cannot even ask.
  if (URL.canParse(url) && new URL(url).pathname === "/") {
    const message = `Unable to execute HTTP request: ${new URL(url).hostname}: Name or service not known`;
    return { code: UNREACHABLE, message, status: 0 };
  }
  return refusalOf(NO_SUCH_QUEUE);
}

const NO_SUCH_QUEUE: QueueRefusal = { kind: "no such queue" };
const UNREACHABLE = "SdkClientException";
const NON_EXISTENT = "QueueDoesNotExist";

function refusalOf(refusal: QueueRefusal): ServiceRefusal {
  switch (refusal.kind) {
    case "no such queue":
      return invalid(NON_EXISTENT, "The specified queue does not exist.");
    case "too large": {
      const why = "of which a queue of Cloudflare's takes no more, with all that goes with it";
      return invalid(
        "InvalidParameterValue",
        `One or more parameters are invalid. Reason: Message must be shorter than ${refusal.maxBytes} bytes, ${why}.`,
      );
    }
    case "misconfigured":
      return invalid(NON_EXISTENT, `The specified queue cannot be reached: ${refusal.message}.`);
  }
}

/** Errors that have a class of their own in the SDKs, and their codes on the wire that the first one shows; others are the service's. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
};

function optimized(refusal: ServiceRefusal): TaskAnswer {
  if (refusal.code === UNREACHABLE) return failed("SQS.SdkClientException", refusal.message);
  const code = EXCEPTIONS[refusal.code];
  const { cause = "" } = optimizedFailure("SQS", "AmazonSQS", { ...refusal, code: code ?? refusal.code });
  return failed(`SQS.${code === undefined ? "AmazonSQSException" : exceptionName(refusal.code)}`, cause);
}

function invalid(code: string, message: string): ServiceRefusal {
  return { code, message, status: 400 };
}

function refused(refusal: ServiceRefusal): Outcome {
  return { ok: false, refusal };
}
