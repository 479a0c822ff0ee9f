/**
 * The inbox: approvals that wait, and their answers by whoever the API knows.
 *
 * I1. The list is made of hints. Each approval by itself is asked of its execution's object, and what is wrong in the list is
 *     deleted then.
 * I2. Who decides is who the request is from: nobody gives a name here.
 * I3. Links are shown to those who may answer tasks anyway.
 */
import type { JsonObject } from "../../asl/json.ts";
import type { TaskId } from "../../engine/execution.ts";
import { askedOf } from "../../runtime/approval-asked.ts";
import { deleteApproval, listApprovals, type ListedApproval } from "../../runtime/approval-index.ts";
import { makeApprovalLink, type Identity } from "../../runtime/approval-link.ts";
import type { Approval, ApprovalQuestion, OpenApproval } from "../../runtime/approvals.ts";
import { parseArnOf } from "../../runtime/arn.ts";
import { decodePageToken, encodePageToken } from "../../runtime/page-token.ts";
import { formJson } from "../approvals/answers.ts";
import { MAX_COMMENT, readJsonDecision } from "../approvals/read-decision.ts";
import { proofOf, type Principal } from "../auth/principal.ts";
import type { ApiContext } from "../context.ts";
import { valueOf } from "../operations/executing.ts";
import { machineArn } from "./addresses.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, notACursor, readCursorKey, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import { refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, JSON_VALUE, listOf, object, oneOf, pageOf, TEXT, type JsonSchema } from "./schema.ts";

const MAX_BODY_BYTES = 65_536;

const LISTED = {
  id: TEXT,
  executionArn: TEXT,
  state: TEXT,
  title: { ...TEXT, description: "What is asked: the Approval's Title, else the state's Comment or name" },
  askedAt: INSTANT,
};

const DECIDED = {
  "by?": { ...TEXT, description: "Who decided; absent: they did not say" },
  "identity?": { ...oneOf("STATED", "ACCESS", "KEY", "BINDING"), description: "How it is known who decided" },
  "at?": INSTANT,
};

const APPROVAL = object("Approval", {
  id: TEXT,
  executionArn: TEXT,
  status: {
    ...oneOf("OPEN", "APPROVED", "REJECTED", "CLOSED"),
    description: "CLOSED: nobody waits any more, and it was not an approval that answered",
  },
  "state?": TEXT,
  "title?": TEXT,
  "message?": TEXT,
  "data?": listOf(object("ApprovalDatum", { name: TEXT, text: TEXT })),
  "form?": { ...JSON_VALUE, description: "The JSON schema of what has to be filled in to approve" },
  "formFault?": { ...TEXT, description: "Why the form is none; then it can only be rejected" },
  "askedAt?": INSTANT,
  "closesAt?": { ...INSTANT, description: "When it times out" },
  "links?": object("ApprovalLinks", { callback: TEXT, approve: TEXT, reject: TEXT }),
  ...DECIDED,
});

const WISH: JsonSchema = {
  title: "DecideApprovalRequest",
  type: "object",
  properties: {
    decision: oneOf("APPROVED", "REJECTED"),
    comment: { type: "string", maxLength: MAX_COMMENT },
    form: { type: "object", additionalProperties: true, description: "What the form asks for" },
  },
  required: ["decision"],
  additionalProperties: false,
};

export const APPROVAL_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/approvals",
    id: "ListApprovals",
    summary: "Lists the approvals that wait and somebody has a link for, newest first",
    query: [
      { name: "stateMachine", description: "Only those of this state machine: its name or ARN", schema: TEXT },
      LIMIT,
      CURSOR,
    ],
    resource: ({ context, query }) =>
      query.has("stateMachine") ? machineArn(context.config, query.get("stateMachine")) : "*",
    status: 200,
    answer: pageOf("Approvals", "approvals", object("ApprovalSummary", { ...LISTED, "closesAt?": INSTANT })),
    handle: list,
  },
  {
    method: "GET",
    path: "/api/approvals/{approval}",
    id: "DescribeApproval",
    summary: "Shows what is asked, or what was decided",
    query: [],
    resource: approvalResource,
    status: 200,
    answer: APPROVAL,
    handle: async (request) => {
      const place = readId(request);
      return place === undefined ? unknownApproval() : show(request, place, await ask(request.context, place));
    },
  },
  {
    method: "POST",
    path: "/api/approvals/{approval}",
    id: "DecideApproval",
    summary: "Approves or rejects, in the name of whoever asks; tells what was decided first",
    query: [],
    resource: approvalResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: APPROVAL,
    handle: decide,
  },
];

async function list({ context, query }: RestRequest): Promise<Response> {
  const name = query.get("stateMachine");
  const stateMachineArn = name === undefined ? undefined : machineArn(context.config, name);
  const scope = ["approvals", stateMachineArn ?? ""];
  const key = readCursorKey(scope, query);
  const [askedAt, executionArn, taskId] = key ?? [];
  const isKey = typeof askedAt === "number" && typeof executionArn === "string" && typeof taskId === "string";
  if (key !== undefined && !isKey) throw notACursor();
  const after = isKey ? { askedAt, executionArn, taskId: taskId as TaskId } : undefined;
  const request = { stateMachineArn, after, limit: readLimit(query), now: context.now() };
  const { approvals, next } = await listApprovals(context.db, request);
  const nextCursor = next && encodePageToken(scope, [next.askedAt, next.executionArn, next.taskId]);
  return jsonResponse(JSON.stringify({ approvals: approvals.map(showListed), nextCursor }));
}

function showListed(listed: ListedApproval): JsonObject {
  const { executionArn, stateName, title, askedAt, closesAt } = listed;
  return {
    id: idOf(listed),
    executionArn,
    state: stateName,
    title,
    askedAt: isoOf(askedAt),
    ...(closesAt !== undefined && { closesAt: isoOf(closesAt) }),
  };
}

/** What an approval's id says. */
type Place = Pick<ListedApproval, "askedAt" | "executionArn" | "taskId" | "tokenDigest">;

const ID_SCOPE = ["approval"];

function idOf({ askedAt, executionArn, taskId, tokenDigest }: Place): string {
  return encodePageToken(ID_SCOPE, [askedAt, executionArn, taskId, tokenDigest]);
}

/** undefined: it is none of an approval here. */
function readId({ context, path }: Pick<RestRequest, "context" | "path">): Place | undefined {
  const [askedAt, executionArn, taskId, tokenDigest] = decodePageToken(ID_SCOPE, path["approval"] ?? "") ?? [];
  if (typeof askedAt !== "number" || typeof executionArn !== "string") return undefined;
  if (typeof taskId !== "string" || typeof tokenDigest !== "string") return undefined;
  const parsed = parseArnOf(executionArn, "execution");
  const isOurs = parsed.ok && parsed.arn.accountId === context.config.accountId;
  return isOurs ? { askedAt, executionArn, taskId: taskId as TaskId, tokenDigest } : undefined;
}

function approvalResource(request: Pick<RestRequest, "context" | "path">): string {
  return readId(request)?.executionArn ?? "*";
}

async function ask(context: ApiContext, place: Place): Promise<Approval> {
  return valueOf(await context.execution(place.executionArn).approval(questionOf(place)));
}

async function decide(request: RestRequest): Promise<Response> {
  const { context, body } = request;
  const place = readId(request);
  if (place === undefined) return unknownApproval();
  const posted = readJsonDecision(body);
  if (typeof posted === "string") throw refusal("", posted);
  const { decision, comment, form } = posted;
  // The answer of a task, whatever it is given by.
  const action = decision === "APPROVED" ? "states:SendTaskSuccess" : "states:SendTaskFailure";
  context.principal.authorize(action, place.executionArn);
  const given = {
    decision,
    comment,
    by: context.principal.name,
    identity: identityOf(context.principal),
    ip: request.headers.get("cf-connecting-ip") ?? "",
    ...(form !== undefined && { form }),
  };
  const approval = valueOf(await context.execution(place.executionArn).decide(questionOf(place), given));
  if (approval.kind === "open") {
    const errors = Object.entries(approval.faults ?? {});
    const detail = approval.faults?.[""] ?? "The form is not filled in as it has to be";
    return problem(
      400,
      detail,
      errors.map(([pointer, fault]) => ({ pointer: pointer === "" ? "" : `/form${pointer}`, detail: fault })),
    );
  }
  return show(request, place, approval);
}

const IDENTITIES: Readonly<Record<ReturnType<typeof proofOf>, Identity>> = {
  access: "ACCESS",
  key: "KEY",
  binding: "BINDING",
  none: "STATED",
};

function identityOf(principal: Principal): Identity {
  return IDENTITIES[proofOf(principal)];
}

function questionOf({ taskId, tokenDigest }: Place): ApprovalQuestion {
  return { version: 1, taskId, tokenDigest };
}

async function show({ context }: RestRequest, place: Place, approval: Approval): Promise<Response> {
  const { executionArn } = place;
  const shown = { id: idOf(place), executionArn };
  if (approval.kind === "open")
    return jsonResponse(JSON.stringify({ ...shown, status: "OPEN", ...showOpen(context, place, approval) }));
  // Its row should be gone; where its deletion was lost, this is what makes up for it.
  await deleteApproval(context.db, place).run();
  if (approval.kind === "closed") return jsonResponse(JSON.stringify({ ...shown, status: "CLOSED" }));
  const { decision, by, identity, at } = approval;
  const who = { ...(by !== "" && { by }), identity, at: isoOf(at) };
  return jsonResponse(JSON.stringify({ ...shown, status: decision, ...who }));
}

function showOpen(context: ApiContext, place: Place, approval: OpenApproval): object {
  const { stateName, comment, parameters, askedAt, closesAt } = approval;
  const { title, message, rows, form } = askedOf(parameters, comment ?? stateName);
  return {
    state: stateName,
    title,
    ...(message !== "" && { message }),
    data: rows.map(({ name, text }) => ({ name, text })),
    ...formJson(form),
    askedAt: isoOf(askedAt),
    ...(closesAt !== undefined && { closesAt: isoOf(closesAt) }),
    ...linksOf(context, place),
  };
}

function linksOf(context: ApiContext, place: Place): object {
  const { publicUrl, sealer, principal } = context;
  const at = context.now();
  const { executionArn, taskId, tokenDigest } = place;
  const mayAnswer = ["states:SendTaskSuccess", "states:SendTaskFailure"].every((x) => principal.may(x, executionArn));
  if (publicUrl === undefined || !mayAnswer) return {};
  const link = (name: "CallbackUrl" | "ApproveUrl" | "RejectUrl"): string =>
    makeApprovalLink(sealer, publicUrl, name, { executionArn, taskId, tokenDigest, at });
  return { links: { callback: link("CallbackUrl"), approve: link("ApproveUrl"), reject: link("RejectUrl") } };
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}

function unknownApproval(): Response {
  return problem(404, "There is no such approval");
}
