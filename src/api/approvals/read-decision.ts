/** What was posted to a link: a form of ours, or JSON from a program. */
import type { Decision } from "../../runtime/approval-link.ts";
import { readBytes, readJsonObject } from "../request-body.ts";
import { MAX_BY, MAX_COMMENT } from "./page.ts";

export interface PostedDecision {
  readonly decision: Decision;
  readonly comment: string;
  readonly by: string;
  /** Of a form; empty in JSON. */
  readonly nonce: string;
}

const MAX_BYTES = 32_768;
const MEMBERS = new Set(["decision", "comment", "by"]);

/** A text says what is wrong. */
export async function readForm(request: Request): Promise<PostedDecision | string> {
  const bytes = await readBytes(request, MAX_BYTES);
  if (bytes === undefined) return "The form is too large";
  const form = new URLSearchParams(new TextDecoder().decode(bytes));
  const field = (name: string): string => form.get(name) ?? "";
  return checked({ decision: field("decision"), comment: field("comment"), by: field("by") }, field("nonce"));
}

/** A text says what is wrong. */
export async function readJson(request: Request): Promise<PostedDecision | string> {
  const body = await readJsonObject(request, MAX_BYTES);
  if (!body.ok) return `The body cannot be read: it is ${body.fault}`;
  const unknown = Object.keys(body.value).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) return `The body has a member '${unknown}'; it may have decision, comment and by`;
  return checked(body.value, "");
}

function checked(given: Readonly<Record<string, unknown>>, nonce: string): PostedDecision | string {
  const { decision, comment = "", by = "" } = given;
  if (decision !== "APPROVED" && decision !== "REJECTED") return "decision must be APPROVED or REJECTED";
  if (typeof comment !== "string" || comment.length > MAX_COMMENT)
    return `comment must be a text of up to ${MAX_COMMENT} characters`;
  if (typeof by !== "string" || by.length > MAX_BY) return `by must be a text of up to ${MAX_BY} characters`;
  return { decision, comment, by, nonce };
}
