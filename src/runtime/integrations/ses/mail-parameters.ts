/** The mail that the parameters of `sendEmail` describe, in both versions of the API. Throws a ParameterFault. */
import type { Json, JsonObject } from "../../../asl/json.ts";
import { addressOf, type MailAddress } from "../../email/address.ts";
import type { Mail, RawMail } from "../../email/email.ts";
import { ParameterFault, readParameters, type ParametersOf } from "../parameters.ts";

export type ReadMail =
  | { readonly kind: "mail"; readonly mail: Mail | RawMail }
  /** What SES says of it. */
  | { readonly kind: "refused"; readonly message: string };

type Headers = Readonly<Record<string, string>>;

/** What is needed is for SES to say. The first of each: identities and what SES counts by mean nothing here, and change nothing. */
const V1 = {
  ConfigurationSetName: "text?",
  ReturnPathArn: "text?",
  SourceArn: "text?",
  Tags: "list?",
  Destination: "object?",
  Message: "object?",
  ReplyToAddresses: "list?",
  Source: "text?",
} as const;
const V2 = {
  ConfigurationSetName: "text?",
  EmailTags: "list?",
  FromEmailAddressIdentityArn: "text?",
  Content: "object?",
  Destination: "object?",
  FromEmailAddress: "text?",
  ReplyToAddresses: "list?",
} as const;
const CONTENT = { Raw: "object?", Simple: "object?" } as const;
const RAW = { Data: "text?" } as const;
const DESTINATION = { BccAddresses: "list?", CcAddresses: "list?", ToAddresses: "list?" } as const;
const MESSAGE = { Body: "object?", Subject: "object?" } as const;
const SIMPLE = { ...MESSAGE, Headers: "list?" } as const;
const BODY = { Html: "object?", Text: "object?" } as const;
const TEXT = { Charset: "text?", Data: "text?" } as const;
const HEADER = { Name: "text?", Value: "text?" } as const;
/** The platform's. */
const MAX_RECIPIENTS = 50;

export function readMailV1(given: Json, headers: Headers): ReadMail {
  const { Message = {}, ...parameters } = readParameters(given, V1);
  return readMail({ ...parameters, from: parameters.Source }, readParameters(Message, MESSAGE), [], headers);
}

export function readMailV2(given: Json, headers: Headers): ReadMail {
  const { Content = {}, ...parameters } = readParameters(given, V2);
  const { Raw, Simple = {} } = readParameters(Content, CONTENT);
  const envelope = { ...parameters, from: parameters.FromEmailAddress };
  if (Raw !== undefined) return readRaw(envelope, readParameters(Raw, RAW).Data);
  const { Headers: own = [], ...message } = readParameters(Simple, SIMPLE);
  return readMail(envelope, message, own, headers);
}

interface Envelope {
  readonly from?: string | undefined;
  readonly Destination?: JsonObject;
  readonly ReplyToAddresses?: readonly Json[];
}

function readMail(
  envelope: Envelope,
  { Subject = {}, Body = {} }: ParametersOf<typeof MESSAGE>,
  own: readonly Json[],
  headers: Headers,
): ReadMail {
  const { Data: subject } = readParameters(Subject, TEXT);
  const { Text = {}, Html = {} } = readParameters(Body, BODY);
  const { Data: text } = readParameters(Text, TEXT);
  const { Data: html } = readParameters(Html, TEXT);
  const addressed = readAddresses(envelope);
  if ("kind" in addressed) return addressed;
  const { replyTo: answers, ...addresses } = addressed;
  const [replyTo, ...others] = answers;
  if (others.length > 0) throw new ParameterFault("The field 'ReplyToAddresses' may have one address in Stepflare");
  const given = headersOf(own);
  if (given === undefined) return refused("Invalid header");
  if (subject === undefined) return refused("Missing required header 'Subject'.");
  if (/[\r\n]/u.test(subject)) return refused("Header 'Subject' must not have line ends.");
  if (text === undefined && html === undefined) return refused("The message must have a body of text or HTML.");
  return {
    kind: "mail",
    mail: {
      ...addresses,
      ...(replyTo !== undefined && { replyTo }),
      subject,
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
      headers: { ...given, ...headers },
    },
  };
}

function readRaw(envelope: Envelope, raw = ""): ReadMail {
  if (raw === "") return refused("The raw message is empty.");
  const addressed = readAddresses(envelope);
  if ("kind" in addressed) return addressed;
  const { from, to, cc, bcc } = addressed;
  return { kind: "mail", mail: { from: from.email, to: [...to, ...cc, ...bcc].map(({ email }) => email), raw } };
}

interface Addressed extends Pick<Mail, "from" | "to" | "cc" | "bcc"> {
  readonly replyTo: readonly MailAddress[];
}

type RefusedMail = Extract<ReadMail, { kind: "refused" }>;

function readAddresses({
  from: sender = "",
  Destination = {},
  ReplyToAddresses = [],
}: Envelope): Addressed | RefusedMail {
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = readParameters(Destination, DESTINATION);
  const from = addressOf(sender);
  if (from === undefined) return refused(wrongAddress(sender));
  const everybody = [...ToAddresses, ...CcAddresses, ...BccAddresses];
  const wrong = [...everybody, ...ReplyToAddresses].find((text) => readAddress(text) === undefined);
  if (wrong !== undefined) return refused(wrongAddress(wrong));
  if (everybody.length === 0) return refused("Destination cannot be empty");
  if (everybody.length > MAX_RECIPIENTS) return refused(`Recipient count exceeds ${MAX_RECIPIENTS}.`);
  return {
    from,
    to: addressesIn(ToAddresses),
    cc: addressesIn(CcAddresses),
    bcc: addressesIn(BccAddresses),
    replyTo: addressesIn(ReplyToAddresses),
  };
}

function addressesIn(list: readonly Json[]): readonly MailAddress[] {
  return list.flatMap((text) => readAddress(text) ?? []);
}

function readAddress(text: Json): MailAddress | undefined {
  return typeof text === "string" ? addressOf(text) : undefined;
}

/** Such as version 2 takes; undefined: one of them is none. */
function headersOf(given: readonly Json[]): Headers | undefined {
  const entries = given.map((header) => {
    const { Name = "", Value = "" } = readParameters(header, HEADER);
    return [Name, Value] as const;
  });
  const isHeader = ([name, value]: readonly [string, string]): boolean =>
    /^[\w!#$%&'*+.^`|~-]{1,126}$/u.test(name) && /^[\t\x20-\x7e]*$/u.test(value);
  return entries.every(isHeader) ? Object.fromEntries(entries) : undefined;
}

function wrongAddress(given: Json): string {
  return typeof given === "string" && given.includes("@") ? "Illegal address" : "Missing final '@domain'";
}

function refused(message: string): RefusedMail {
  return { kind: "refused", message };
}
