/**
 * The role that a task's `Credentials` name: AWS is called as that role, as Step Functions does it.
 *
 * What STS gave for it stays in the isolate's memory until five minutes before it expires.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
 */
import { parseTimestamp } from "../../../asl/instant.ts";
import { findService } from "../../../services/model.ts";
import { failed, type TaskAnswer, type TaskCall } from "../../tasks/task-call.ts";
import { endpointOf } from "./endpoint.ts";
import type { Aws } from "./perform.ts";
import { sendToAws } from "./send.ts";
import type { AwsCredentials } from "./settings.ts";
import { childOf, parseXml, type XmlElement } from "./xml.ts";

interface GivenRole {
  readonly credentials: AwsCredentials;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** By whose keys asked, and for which role. */
export type RoleMemory = Map<string, GivenRole>;

/** A role is asked for again when it has no longer than that to go, milliseconds. */
const MARGIN_MS = 300_000;
const MAX_ROLES = 1000;

/** The role's credentials, or the task's failure. @param now epoch milliseconds */
export async function assumedRole(
  { aws, roles, now }: { readonly aws: Aws; readonly roles: RoleMemory; readonly now: number },
  { roleArn, executionArn }: Pick<TaskCall, "executionArn"> & { readonly roleArn: string },
  signal: AbortSignal,
): Promise<AwsCredentials | TaskAnswer> {
  const key = `${aws.door.credentials.accessKeyId} ${roleArn}`;
  const known = roles.get(key);
  if (known !== undefined && known.expiresAt - MARGIN_MS > now) return known.credentials;
  const given = await askedOf(aws, { RoleArn: roleArn, RoleSessionName: sessionName(executionArn) }, signal);
  if (typeof given === "string")
    return failed("States.Permissions", `The role ${roleArn} could not be assumed: ${given}`);
  if (roles.size >= MAX_ROLES) roles.clear();
  roles.set(key, given);
  return given.credentials;
}

/** What STS gives, or why it gives nothing. Tasks cannot call this action, as on AWS: their results would hold the keys. */
async function askedOf(
  { settings, door }: Aws,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<GivenRole | string> {
  const sts = findService("sts");
  const endpoint = sts && endpointOf(settings, "sts", sts, { hostPrefix: "" }, {});
  if (endpoint === undefined) throw new Error("Defect: there is no model of STS");
  const body = new URLSearchParams({ Action: "AssumeRole", Version: "2011-06-15", ...parameters }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
  const request = { method: "POST", url: `${endpoint.origin}/`, headers, body };
  const sent = await sendToAws(door, endpoint, request, MAX_ANSWER_BYTES, signal);
  if (sent.kind === "too large") return "STS answered too much.";
  if (sent.kind === "unreachable") return `STS is out of reach: ${sent.message}`;
  const { status, text } = sent.answer;
  const root = parseXml(text);
  const error = childOf(root, "Error");
  if (status > 299) return `${textIn(error, "Message") ?? "STS refused it."} (${textIn(error, "Code") ?? status})`;
  return readRole(childOf(childOf(root, "AssumeRoleResult"), "Credentials")) ?? "STS gave no credentials.";
}

const MAX_ANSWER_BYTES = 65_536;

function readRole(given: XmlElement | undefined): GivenRole | undefined {
  const accessKeyId = textIn(given, "AccessKeyId");
  const secretAccessKey = textIn(given, "SecretAccessKey");
  const sessionToken = textIn(given, "SessionToken");
  const expiresAt = parseTimestamp(textIn(given, "Expiration") ?? "");
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) return undefined;
  return expiresAt === undefined
    ? undefined
    : { credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresAt };
}

function textIn(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** Such as STS takes: by it AWS's logs tell whose call it was. */
function sessionName(executionArn: string): string {
  const name = executionArn.split(":").slice(6).join("-");
  return name
    .replaceAll(/[^\w+=,.@-]/gu, "-")
    .slice(0, 64)
    .padEnd(2, "-");
}
