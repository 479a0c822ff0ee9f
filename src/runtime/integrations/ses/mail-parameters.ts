/** The mail that the parameters of `sendEmail` describe, in both versions of the API. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import { addressOf, type MailAddress } from "../../email/address.ts";
import type { Mail, RawMail } from "../../email/email.ts";
import { fieldFault, textIn, type ActionFields } from "../action-fields.ts";

export type ReadMail =
  | { readonly kind: "mail"; readonly mail: Mail | RawMail }
  /** Parameters that Step Functions, or Stepflare, does not take. */
  | { readonly kind: "unusable"; readonly fault: string }
  /** What SES says of them. */
  | { readonly kind: "refused"; readonly message: string };

type Headers = Readonly<Record<string, string>>;

/** Identities and what SES counts by: they mean nothing here, and change nothing. */
const IGNORED = { ConfigurationSetName: "STRING" } as const;
const V1_FIELDS: ActionFields = {
  ...IGNORED,
  ReturnPathArn: "STRING",
  SourceArn: "STRING",
  Tags: "LIST",
  Destination: "OBJECT",
  Message: "OBJECT",
  ReplyToAddresses: "LIST",
  Source: "STRING",
};
const V2_FIELDS: ActionFields = {
  ...IGNORED,
  EmailTags: "LIST",
  FromEmailAddressIdentityArn: "STRING",
  Content: "OBJECT",
  Destination: "OBJECT",
  FromEmailAddress: "STRING",
  ReplyToAddresses: "LIST",
};
const DESTINATION_FIELDS: ActionFields = { BccAddresses: "LIST", CcAddresses: "LIST", ToAddresses: "LIST" };
const MESSAGE_FIELDS: ActionFields = { Body: "OBJECT", Subject: "OBJECT" };
const BODY_FIELDS: ActionFields = { Html: "OBJECT", Text: "OBJECT" };
const TEXT_FIELDS: ActionFields = { Charset: "STRING", Data: "STRING" };
/** The platform's. */
const MAX_RECIPIENTS = 50;

export function readMailV1(parameters: JsonObject, headers: Headers): ReadMail {
  const fault = faultOf(parameters, V1_FIELDS);
  if (fault !== undefined) return { kind: "unusable", fault };
  return readMail(parameters, textIn(parameters, "Source"), objectIn(parameters, "Message"), MESSAGE_FIELDS, headers);
}

export function readMailV2(parameters: JsonObject, headers: Headers): ReadMail {
  const content = objectIn(parameters, "Content");
  const fault = faultOf(parameters, V2_FIELDS) ?? faultOf(content, { Raw: "OBJECT", Simple: "OBJECT" });
  if (fault !== undefined) return { kind: "unusable", fault };
  const from = textIn(parameters, "FromEmailAddress");
  if ((memberOf(content, "Raw") ?? null) !== null) return readRaw(parameters, from, objectIn(content, "Raw"));
  return readMail(parameters, from, objectIn(content, "Simple"), { ...MESSAGE_FIELDS, Headers: "LIST" }, headers);
}

function readMail(
  parameters: JsonObject,
  source: string | undefined,
  message: JsonObject,
  fields: ActionFields,
  headers: Headers,
): ReadMail {
  const [subject, body] = [objectIn(message, "Subject"), objectIn(message, "Body")];
  const [text, html] = [objectIn(body, "Text"), objectIn(body, "Html")];
  const fault =
    faultOf(message, fields) ??
    faultOf(subject, TEXT_FIELDS) ??
    faultOf(body, BODY_FIELDS) ??
    faultOf(text, TEXT_FIELDS) ??
    faultOf(html, TEXT_FIELDS) ??
    faultOf(objectIn(parameters, "Destination"), DESTINATION_FIELDS);
  if (fault !== undefined) return { kind: "unusable", fault };
  const addressed = readAddresses(parameters, source);
  if ("message" in addressed) return addressed;
  const [replyTo, ...others] = addressed.replyTo;
  if (others.length > 0)
    return { kind: "unusable", fault: "The field 'ReplyToAddresses' may have one address in Stepflare" };
  const given = headersOf(memberOf(message, "Headers"));
  if (given === undefined) return { kind: "refused", message: "Invalid header" };
  const [textData, htmlData] = [textIn(text, "Data"), textIn(html, "Data")];
  const subjectData = textIn(subject, "Data");
  if (subjectData === undefined) return { kind: "refused", message: "Missing required header 'Subject'." };
  if (/[\r\n]/u.test(subjectData)) return { kind: "refused", message: "Header 'Subject' must not have line ends." };
  if (textData === undefined && htmlData === undefined)
    return { kind: "refused", message: "The message must have a body of text or HTML." };
  const { from, to, cc, bcc } = addressed;
  return {
    kind: "mail",
    mail: {
      from,
      to,
      cc,
      bcc,
      ...(replyTo !== undefined && { replyTo }),
      subject: subjectData,
      ...(textData !== undefined && { text: textData }),
      ...(htmlData !== undefined && { html: htmlData }),
      headers: { ...given, ...headers },
    },
  };
}

function readRaw(parameters: JsonObject, source: string | undefined, raw: JsonObject): ReadMail {
  const fault = faultOf(raw, { Data: "STRING" }) ?? faultOf(objectIn(parameters, "Destination"), DESTINATION_FIELDS);
  if (fault !== undefined) return { kind: "unusable", fault };
  const data = textIn(raw, "Data") ?? "";
  if (data === "") return { kind: "refused", message: "The raw message is empty." };
  const addressed = readAddresses(parameters, source);
  if ("message" in addressed) return addressed;
  const { from, to, cc, bcc } = addressed;
  return { kind: "mail", mail: { from: from.email, to: [...to, ...cc, ...bcc].map(({ email }) => email), raw: data } };
}

interface Addressed {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
}

function readAddresses(
  parameters: JsonObject,
  source: string | undefined,
): Addressed | Extract<ReadMail, { kind: "refused" }> {
  const destination = objectIn(parameters, "Destination");
  const from = addressOf(source ?? "");
  if (from === undefined) return { kind: "refused", message: wrongAddress(source) };
  const lists = {
    to: memberOf(destination, "ToAddresses"),
    cc: memberOf(destination, "CcAddresses"),
    bcc: memberOf(destination, "BccAddresses"),
    replyTo: memberOf(parameters, "ReplyToAddresses"),
  };
  const read: Record<string, MailAddress[]> = {};
  for (const [name, list] of Object.entries(lists)) {
    read[name] = [];
    for (const text of isArray(list) ? list : []) {
      const address = typeof text === "string" ? addressOf(text) : undefined;
      if (address === undefined) return { kind: "refused", message: wrongAddress(text) };
      read[name].push(address);
    }
  }
  const { to = [], cc = [], bcc = [], replyTo = [] } = read;
  const count = to.length + cc.length + bcc.length;
  if (count === 0) return { kind: "refused", message: "Destination cannot be empty" };
  if (count > MAX_RECIPIENTS) return { kind: "refused", message: `Recipient count exceeds ${MAX_RECIPIENTS}.` };
  return { from, to, cc, bcc, replyTo };
}

/** Such as version 2 takes; undefined: one of them is none. */
function headersOf(given: Json | undefined): Headers | undefined {
  const entries = (isArray(given) ? given : []).map((header) =>
    isObject(header) ? ([textIn(header, "Name") ?? "", textIn(header, "Value") ?? ""] as const) : (["", ""] as const),
  );
  const isHeader = ([name, value]: readonly [string, string]): boolean =>
    /^[\w!#$%&'*+.^`|~-]{1,126}$/u.test(name) && /^[\t\x20-\x7e]*$/u.test(value);
  return entries.every(isHeader) ? Object.fromEntries(entries) : undefined;
}

function wrongAddress(given: Json | undefined): string {
  return typeof given === "string" && given.includes("@") ? "Illegal address" : "Missing final '@domain'";
}

/** Of what SES takes a part is taken here. */
function faultOf(parameters: JsonObject, fields: ActionFields): string | undefined {
  return fieldFault(parameters, fields, "Stepflare");
}

/** An empty object where there is none. */
function objectIn(parameters: JsonObject, name: string): JsonObject {
  const value = memberOf(parameters, name);
  return isObject(value) ? value : {};
}
