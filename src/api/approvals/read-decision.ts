/** What was posted to a link: a form of ours, or JSON from a program. */
import { isObject, type Json, type JsonObject } from "../../asl/json.ts";
import type { FormEntries, GivenForm } from "../../runtime/approval-form-answer.ts";
import type { Decision } from "../../runtime/approval-link.ts";
import { readBytes, readJsonObject } from "../request-body.ts";

export interface PostedDecision {
  readonly decision: Decision;
  readonly comment: string;
  readonly by: string;
  /** Of a form; empty in JSON. */
  readonly nonce: string;
  /** Absent where a program sent none. */
  readonly form?: GivenForm;
}

export const MAX_COMMENT = 2_000;
export const MAX_BY = 200;
const MAX_BYTES = 65_536;
const MAX_ENTRIES = 1_000;
const MEMBERS = new Set(["decision", "comment", "by", "form"]);

/** A text says what is wrong. */
export async function readForm(request: Request): Promise<PostedDecision | string> {
  const bytes = await readBytes(request, MAX_BYTES);
  if (bytes === undefined) return "The form is too large";
  const form = new URLSearchParams(withoutNull(new TextDecoder().decode(bytes)));
  if (form.size > MAX_ENTRIES) return "The form has too many fields";
  const field = (name: string): string => form.get(name) ?? "";
  const decided = checked({ decision: field("decision"), comment: field("comment"), by: field("by") });
  return typeof decided === "string"
    ? decided
    : { ...decided, nonce: field("nonce"), form: { entries: entriesOf(form) } };
}

/** As HTML reads it: a database would keep another text. */
function withoutNull(form: string): string {
  return form.replaceAll(/\0|%00/gu, "\u{fffd}");
}

/** Everything but the page's own fields. */
function entriesOf(form: URLSearchParams): FormEntries {
  const names = new Set([...form.keys()].filter((name) => name.startsWith("form/")));
  return Object.fromEntries([...names].map((name) => [name, form.getAll(name)]));
}

/** A text says what is wrong. */
export async function readJson(request: Request): Promise<PostedDecision | string> {
  const body = await readJsonObject(request, MAX_BYTES);
  if (!body.ok) return `The body cannot be read: it is ${body.fault}`;
  const unknown = Object.keys(body.value).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) return `The body has a member '${unknown}'; it may have decision, comment, by and form`;
  return readJsonDecision(body.value);
}

/** A text says what is wrong. */
export function readJsonDecision(body: JsonObject): PostedDecision | string {
  const { form } = body;
  if (form !== undefined && !isObject(form)) return "form must be an object";
  const decided = checked(body);
  return typeof decided === "string"
    ? decided
    : { ...decided, nonce: "", ...(form !== undefined && { form: { value: form } }) };
}

type Checked = Pick<PostedDecision, "decision" | "comment" | "by">;

function checked(given: Readonly<Record<string, Json>>): Checked | string {
  const { decision, comment = "", by = "" } = given;
  if (decision !== "APPROVED" && decision !== "REJECTED") return "decision must be APPROVED or REJECTED";
  if (typeof comment !== "string" || comment.length > MAX_COMMENT)
    return `comment must be a text of up to ${MAX_COMMENT} characters`;
  if (typeof by !== "string" || by.length > MAX_BY) return `by must be a text of up to ${MAX_BY} characters`;
  return { decision, comment, by };
}
