/**
 * Links that people answer a task with, under `/a/`.
 *
 * L1. Only POST decides. Whatever else comes (a scanner's GET, HEAD, a prefetch) changes nothing, however often.
 * L2. A form counts from the browser that was shown it: its nonce, its cookie, its origin. A program sends JSON, which no page
 *     of another origin can.
 * L3. A link that nobody here made wakes no object, and one that somebody made only so often.
 * L4. Where Cloudflare Access says who it is, they decide in that name and in no other.
 */
import { APPROVAL_PATH, readApprovalLink, type ApprovalLink } from "../../runtime/approval-link.ts";
import type { Approval, OpenApproval } from "../../runtime/approvals.ts";
import type { ExecutionRpc } from "../../runtime/execution-rpc.ts";
import type { Sealer } from "../../runtime/sealing.ts";
import { isOutage } from "../../runtime/outage.ts";
import { ApiError } from "../api-error.ts";
import { valueOf } from "../operations/executing.ts";
import * as answers from "./answers.ts";
import { isFormOf, makeForm } from "./form-nonce.ts";
import type { ApprovalLimits } from "./limits.ts";
import { readForm, readJson, type PostedDecision } from "./read-decision.ts";

export interface ApprovalHost {
  readonly accountId: string;
  readonly sealer: Sealer;
  /** Where links lead to; undefined: not set. */
  readonly publicUrl: string | undefined;
  execution(executionArn: string): Pick<ExecutionRpc, "approval" | "decide">;
  readonly limits: ApprovalLimits;
  /** Who Cloudflare Access says it is; undefined: it says nothing, or is not set up. An ApiError: what it says is wrong. */
  identify(request: Request): Promise<string | undefined>;
  /** Epoch milliseconds. */
  now(): number;
}

/** A request that came with a link. */
interface Asking {
  readonly host: ApprovalHost;
  readonly request: Request;
  /** The last part of its address, and what that says. */
  readonly part: string;
  readonly link: ApprovalLink;
  /** Who it is, where that is known. */
  readonly known: string | undefined;
}

export function isApprovalPath(pathname: string): boolean {
  return pathname.startsWith(APPROVAL_PATH);
}

export async function answerApproval(request: Request, host: ApprovalHost): Promise<Response> {
  const { method } = request;
  if (method === "OPTIONS") return answers.allowed(204);
  if (method !== "GET" && method !== "HEAD" && method !== "POST") return answers.allowed(405);
  const part = new URL(request.url).pathname.slice(APPROVAL_PATH.length);
  const wait = host.limits(request, part);
  if (wait !== undefined) return answers.tooOften(request, wait);
  const link = readApprovalLink(host.sealer, part);
  if (link === undefined || link.accountId !== host.accountId) return answers.unknown(request);
  if (host.now() > link.expiresAt) return answers.closed(request);
  try {
    const asking: Asking = { host, request, part, link, known: await host.identify(request) };
    if (method === "POST") return await decide(asking);
    const answer = await show(asking);
    return method === "HEAD" ? new Response(null, answer) : answer;
  } catch (error) {
    if (isOutage(error) || (error instanceof ApiError && error.name === "ServiceUnavailable"))
      return answers.unavailable(request);
    if (error instanceof ApiError) return answers.unidentified(request);
    console.error("approval failed", error);
    return answers.broken(request);
  }
}

async function show(asking: Asking): Promise<Response> {
  const { host, link } = asking;
  return answerOf(asking, valueOf(await host.execution(link.executionArn).approval(questionOf(link))));
}

function answerOf(asking: Asking, approval: Approval): Response {
  if (approval.kind === "decided") return answers.decided(asking.request, approval);
  return approval.kind === "closed" ? answers.closed(asking.request) : ask(asking, approval);
}

/** @param again what a form had in it that has to be sent once more */
function ask({ host, request, part, link, known }: Asking, approval: OpenApproval, posted?: PostedDecision): Response {
  const { decisions } = link;
  const { faults } = approval;
  const expiresAt = Math.min(link.expiresAt, approval.closesAt ?? Infinity);
  if (answers.wantsJson(request))
    return faults === undefined ? answers.questionJson(approval, decisions, expiresAt) : answers.misfilled(faults);
  const { nonce, cookie } = makeForm(host.sealer, request, part, host.now());
  const again = posted && { note: faults === undefined ? CONFIRM : (faults[""] ?? CORRECT), posted };
  return answers.question({ approval, decisions, expiresAt, nonce, known, ...(again && { again }) }, cookie);
}

const CORRECT = "Nothing was decided yet: some of the fields need another look.";

const CONFIRM =
  "Nothing was decided yet: this page was open for too long, or in another window. Please confirm once more.";

async function decide(asking: Asking): Promise<Response> {
  const { host, request, part, link, known } = asking;
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  const isForm = type === "application/x-www-form-urlencoded";
  if (!isForm && type !== "application/json") return answers.unsupportedType(request);
  if (isForeign(request, host)) return answers.foreign(request);
  const posted = isForm ? await readForm(request) : await readJson(request);
  if (typeof posted === "string") return answers.malformed(request, posted);
  if (!link.decisions.includes(posted.decision))
    return answers.malformed(request, `This link takes ${link.decisions.join(" or ")} only`);
  const execution = host.execution(link.executionArn);
  if (isForm && !isFormOf(host.sealer, request, part, posted.nonce, host.now())) {
    const approval = valueOf(await execution.approval(questionOf(link)));
    return approval.kind === "open" ? ask(asking, approval, posted) : answerOf(asking, approval);
  }
  const { decision, comment, form } = posted;
  const given = {
    decision,
    comment,
    by: known ?? posted.by,
    identity: known === undefined ? ("STATED" as const) : ("ACCESS" as const),
    ip: request.headers.get("cf-connecting-ip") ?? "",
    ...(form && { form }),
  };
  const approval = valueOf(await execution.decide(questionOf(link), given));
  // The address is the same: the browser fetches the page anew, and reloading it sends nothing again.
  if (isForm && approval.kind === "decided") return answers.seeOther(request);
  return approval.kind === "open" ? ask(asking, approval, posted) : answerOf(asking, approval);
}

function questionOf({ taskId, tokenDigest }: ApprovalLink): {
  version: 1;
  taskId: ApprovalLink["taskId"];
  tokenDigest: string;
} {
  return { version: 1, taskId, tokenDigest };
}

/**
 * Whether a page of another origin sent it. Without a referrer, which the page asks for, browsers send the origin `null`, and
 * say in Sec-Fetch-Site whether that was ours; programs send neither.
 */
function isForeign(request: Request, { publicUrl }: ApprovalHost): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return true;
  const origin = request.headers.get("origin");
  if (origin === null || origin === new URL(request.url).origin || origin === publicUrl) return false;
  return origin !== "null" || site === null;
}
