/**
 * Tasks that send e-mail: `aws-sdk:ses:sendEmail` and `aws-sdk:sesv2:sendEmail`, by the platform's own e-mail, with the results and
 * errors of SES.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
import type { Json } from "../../../asl/json.ts";
import { Payload } from "../../../data/payload.ts";
import type { MailAnswer, SendMail } from "../../email/email.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { exceptionName, sdkFailure, type ServiceRefusal } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { withParameters } from "../parameters.ts";
import { readMailV1, readMailV2, type ReadMail } from "./mail-parameters.ts";

export interface SesHost {
  readonly send: SendMail;
}

/** Version 1 of the API. */
export async function callSes(host: SesHost, call: ServiceCall): Promise<TaskAnswer | undefined> {
  return sendEmail(host, call, "Ses", readMailV1);
}

/** Version 2. */
export async function callSesV2(host: SesHost, call: ServiceCall): Promise<TaskAnswer | undefined> {
  return sendEmail(host, call, "SesV2", readMailV2);
}

async function sendEmail(
  host: SesHost,
  call: ServiceCall,
  service: keyof typeof REFUSALS,
  read: (parameters: Json, headers: Readonly<Record<string, string>>) => ReadMail,
): Promise<TaskAnswer | undefined> {
  if (call.resource.action !== "sendEmail") return undefined;
  const id = derivedUuid(call.idempotencyKey);
  return withParameters(call, async () => {
    const mail = read(call.parameters.value, { "X-Stepflare-Message-Id": id });
    if (mail.kind === "refused")
      return refusal(service, { code: REFUSALS[service].invalid, message: mail.message, status: 400 });
    const answer = await host.send(mail.mail);
    if (answer.kind === "not configured") return failed("States.Runtime", answer.message);
    if (answer.kind === "refused") return refusal(service, refusalOf(service, answer));
    return taken(call, Payload.of({ MessageId: answer.messageId ?? id }));
  });
}

/** The codes of each version; what has no class of its own is the service's exception. */
const REFUSALS = {
  Ses: {
    invalid: "InvalidParameterValue",
    otherwise: "SesException",
    sender: "MailFromDomainNotVerified",
    daily: "Throttling",
    rate: "Throttling",
    classes: new Set(["MailFromDomainNotVerified", "MessageRejected"]),
  },
  SesV2: {
    invalid: "BadRequest",
    otherwise: "SesV2Exception",
    sender: "MailFromDomainNotVerified",
    daily: "LimitExceeded",
    rate: "TooManyRequests",
    classes: new Set([
      "BadRequest",
      "LimitExceeded",
      "MailFromDomainNotVerified",
      "MessageRejected",
      "TooManyRequests",
    ]),
  },
} as const;

function refusalOf(
  service: keyof typeof REFUSALS,
  { code, message }: Extract<MailAnswer, { kind: "refused" }>,
): ServiceRefusal {
  const { sender, daily, rate } = REFUSALS[service];
  switch (code) {
    case "E_SENDER_NOT_VERIFIED":
    case "E_SENDER_DOMAIN_NOT_AVAILABLE":
      return { code: sender, message, status: 400 };
    case "E_RATE_LIMIT_EXCEEDED":
      return { code: rate, message, status: 429 };
    case "E_DAILY_LIMIT_EXCEEDED":
      return { code: daily, message, status: 400 };
    default:
      return { code: "MessageRejected", message, status: 400 };
  }
}

function refusal(service: keyof typeof REFUSALS, refused: ServiceRefusal): TaskAnswer {
  const { classes, otherwise } = REFUSALS[service];
  const { cause = "" } = sdkFailure(service, refused, 1);
  const hasClass = (classes as ReadonlySet<string>).has(refused.code);
  return failed(`${service}.${hasClass ? exceptionName(refused.code) : otherwise}`, cause);
}
