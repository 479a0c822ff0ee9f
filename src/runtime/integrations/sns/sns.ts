/**
 * Tasks on topics: `sns:publish` and `aws-sdk:sns:publish`, with SNS's results and errors.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
 */
import type { JsonObject } from "../../../asl/json.ts";
import { Payload } from "../../../data/payload.ts";
import { isFifo } from "../../queues/queue-name.ts";
import { sequenceNumberOf } from "../../messages/sequence-number.ts";
import type { Publish } from "../../topics/publish.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { exceptionName, optimizedFailure, sdkFailure, sdkMetadata, type ServiceRefusal } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { ParameterFault, readParameters, withParameters } from "../parameters.ts";
import { PUBLISH, readPublication, readTopicName } from "./publication.ts";

export interface SnsHost {
  readonly publish: Publish;
  now(): number;
}

/** The optimized integration. */
export async function callSns(host: SnsHost, call: ServiceCall): Promise<TaskAnswer | undefined> {
  const outcome = await publish(host, call, PUBLISH);
  if (outcome === undefined || "kind" in outcome) return outcome;
  if ("code" in outcome) {
    const { cause = "" } = optimizedFailure("SNS", "AmazonSNS", outcome);
    return failed(`SNS.${exceptionOf(outcome, "AmazonSNSException")}`, cause);
  }
  return taken(call, Payload.of({ ...outcome.result, ...sdkMetadata("text/xml", xmlLength(outcome.result)) }));
}

/** The SDK's. */
export async function callSnsSdk(host: SnsHost, call: ServiceCall): Promise<TaskAnswer | undefined> {
  const outcome = await publish(host, call, { ...PUBLISH, Message: "text?" });
  if (outcome === undefined || "kind" in outcome) return outcome;
  if ("result" in outcome) return taken(call, Payload.of(outcome.result));
  const { cause = "" } = sdkFailure("Sns", outcome, 1);
  return failed(`Sns.${exceptionOf(outcome, "SnsException")}`, cause);
}

/** undefined: there is no such action here. A refusal is SNS's, an answer Step Functions' own. */
async function publish(
  host: SnsHost,
  call: ServiceCall,
  table: typeof PUBLISH | SdkTable,
): Promise<{ readonly result: JsonObject } | ServiceRefusal | TaskAnswer | undefined> {
  if (call.resource.action !== "publish") return undefined;
  return withParameters(call, async () => {
    const parameters = readParameters<typeof PUBLISH>(call.parameters.value, table as typeof PUBLISH);
    if (parameters.PhoneNumber !== undefined) throw new ParameterFault(NO_TEXT_MESSAGES);
    const topic = readTopicName(parameters);
    if (!topic.ok) return topic.refusal;
    const publication = readPublication(call, topic.value, parameters, host.now());
    if (!publication.ok) return publication.refusal;
    const refusal = await host.publish(topic.value, publication.value);
    if (refusal !== undefined)
      return {
        code: "NotFound",
        message: refusal.kind === "misconfigured" ? refusal.message : "Topic does not exist",
        status: 404,
      };
    const { messageId } = publication.value;
    return {
      result: { MessageId: messageId, ...(isFifo(topic.value) && { SequenceNumber: sequenceNumberOf(call) }) },
    };
  });
}

/** There the message must be a text. */
type SdkTable = Omit<typeof PUBLISH, "Message"> & { readonly Message: "text?" };

const NO_TEXT_MESSAGES = "The field 'PhoneNumber' is not supported by Stepflare: it sends no text messages";

/** Errors that have a class of their own in the SDKs; others are the service's. */
const EXCEPTIONS: ReadonlySet<string> = new Set(["InvalidParameter", "InvalidParameterValue", "NotFound"]);

function exceptionOf({ code }: ServiceRefusal, otherwise: string): string {
  return EXCEPTIONS.has(code) ? exceptionName(code) : otherwise;
}

/** Of what SNS answers: XML, two spaces a level. */
function xmlLength(result: JsonObject): number {
  const members = Object.entries(result).map(([name, value]) => `    <${name}>${value as string}</${name}>\n`);
  const request = `    <RequestId>${"x".repeat(36)}</RequestId>\n`;
  return [
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">\n  <PublishResult>\n',
    ...members,
    "  </PublishResult>\n  <ResponseMetadata>\n",
    request,
    "  </ResponseMetadata>\n</PublishResponse>\n",
  ].join("").length;
}
