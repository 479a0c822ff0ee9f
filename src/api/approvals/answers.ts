/** What is answered under a link, as a page or, to programs, as JSON. None of it is kept, indexed or framed anywhere. */
import type { JsonObject } from "../../asl/json.ts";
import type { Decision } from "../../runtime/approval-link.ts";
import type { DecidedApproval, OpenApproval } from "../../runtime/approvals.ts";
import { askedOf, type Asked } from "../../runtime/approval-asked.ts";
import type { FormFaults } from "../../runtime/approval-form-answer.ts";
import { decidedPage, messagePage, questionPage, type Question } from "./page.ts";
import { PAGE_POLICY } from "./style.ts";

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": PAGE_POLICY,
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
const METHODS = "GET, HEAD, POST, OPTIONS";

/** Programs say so, or send JSON themselves. */
export function wantsJson({ headers }: Request): boolean {
  const accept = headers.get("accept") ?? "";
  if (accept.includes("text/html")) return false;
  return accept.includes("json") || (headers.get("content-type") ?? "").includes("json");
}

export function question(shown: Question, cookie: string): Response {
  const { approval, again } = shown;
  const status = again === undefined ? 200 : approval.faults === undefined ? 403 : 400;
  return pageOf(status, questionPage(shown), { "set-cookie": cookie });
}

export function questionJson(approval: OpenApproval, decisions: readonly Decision[], expiresAt: number): Response {
  const { stateMachineName, executionName, stateName, comment, parameters, askedAt } = approval;
  const { title, message, form } = askedOf(parameters, comment ?? stateName);
  return jsonOf(200, {
    status: "OPEN",
    title,
    message,
    decisions,
    ...formJson(form),
    stateMachine: stateMachineName,
    execution: executionName,
    state: stateName,
    askedAt: new Date(askedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  });
}

/** The schema that what is sent is checked by, or why it cannot be. */
export function formJson(form: Asked["form"]): { readonly form?: JsonObject } | { readonly formFault: string } {
  if (form === undefined) return {};
  return "fault" in form ? { formFault: form.fault } : { form: form.given };
}

/** What was sent does not fit the form. */
export function misfilled(faults: FormFaults): Response {
  const errors = Object.entries(faults).map(([pointer, detail]) => ({ pointer, detail }));
  const detail = faults[""] ?? "The form is not filled in as it has to be";
  return jsonOf(400, { type: "about:blank", title: "Not understood", status: 400, detail, errors });
}

export function decided(request: Request, approval: DecidedApproval): Response {
  if (!wantsJson(request)) return pageOf(200, decidedPage(approval));
  const { decision, by, identity, at } = approval;
  return jsonOf(200, { status: decision, by, identity, at: new Date(at).toISOString() });
}

export function closed(request: Request): Response {
  const message =
    "It was answered in another way, it took too long, or the workflow has ended. There is nothing to do.";
  return said(request, 410, "No longer open", message);
}

export function unknown(request: Request): Response {
  return said(request, 404, "No such link", "The address is not complete, or nobody here made it.");
}

export function foreign(request: Request): Response {
  return said(request, 403, "Not from here", "The answer was sent from another page. Open the link and answer there.");
}

/** @param seconds until it may be tried again */
export function tooOften(request: Request, seconds: number): Response {
  const response = said(request, 429, "Too many tries", "This was tried too often. Please try again in a moment.");
  response.headers.set("retry-after", String(Math.ceil(seconds)));
  return response;
}

export function unidentified(request: Request): Response {
  const message = "What Cloudflare Access says of who you are is not valid any more. Open the link again and sign in.";
  return said(request, 403, "Who are you?", message);
}

export function malformed(request: Request, detail: string): Response {
  return said(request, 400, "Not understood", `${detail}.`);
}

export function unsupportedType(request: Request): Response {
  const message = "An answer is the form of this page, or application/json with a decision.";
  return said(request, 415, "Not understood", message);
}

export function unavailable(request: Request): Response {
  return said(request, 503, "Not available", "The workflow cannot be reached at the moment. Please try again.");
}

export function broken(request: Request): Response {
  return said(request, 500, "Something is wrong", "The answer could not be taken because of a defect in Stepflare.");
}

export function seeOther(request: Request): Response {
  return new Response(null, { status: 303, headers: { ...HEADERS, location: new URL(request.url).pathname } });
}

export function allowed(status: 204 | 405): Response {
  return new Response(null, { status, headers: { ...HEADERS, allow: METHODS } });
}

function said(request: Request, status: number, title: string, detail: string): Response {
  return wantsJson(request)
    ? jsonOf(status, { type: "about:blank", title, status, detail })
    : pageOf(status, messagePage(title, detail));
}

function pageOf(status: number, text: string, more: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { ...HEADERS, "content-type": "text/html; charset=utf-8", ...more } });
}

function jsonOf(status: number, body: object): Response {
  const type = status < 400 ? "application/json" : "application/problem+json";
  return new Response(JSON.stringify(body), { status, headers: { ...HEADERS, "content-type": type } });
}
