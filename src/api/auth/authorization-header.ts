/**
 * What a signed request says of its signature; whatever is wrong with that costs nothing to find out: no key is read.
 */
import { ApiError } from "../api-error.ts";
import type { Signature } from "./sigv4.ts";

/** How far a signer's clock may be off, as AWS has it at the most. */
export const MAX_SKEW_MS: number = 15 * 60_000;

/** SDKs sign for `states` also where they put `sync-` before the host; others take the host's name for the service's. */
const SERVICES: ReadonlySet<string> = new Set(["states", "sync-states"]);

const SCHEME = "AWS4-HMAC-SHA256 ";

/** @param authorization of the scheme AWS4-HMAC-SHA256 @param now epoch milliseconds. Throws an ApiError. */
export function readSignature(authorization: string, headers: Headers, now: number): Signature {
  const parts = new Map<string | undefined, string>();
  if (!authorization.startsWith(SCHEME)) throw incomplete("is not that of a signature (AWS4-HMAC-SHA256)");
  for (const part of authorization.slice(SCHEME.length).split(",")) {
    const [, name, value] = PART.exec(part) ?? [];
    if (value === undefined || parts.has(name)) throw incomplete("cannot be parsed");
    parts.set(name, value);
  }
  const missing = ["Credential", "SignedHeaders", "Signature"].filter((name) => !parts.has(name));
  if (missing.length > 0) throw incomplete(missing.map((name) => `requires '${name}' parameter`).join(". "));
  const moment = headers.get("x-amz-date") ?? "";
  const at = readMoment(moment);
  if (at === undefined) throw incomplete("requires existence of a 'X-Amz-Date' header, in ISO-8601 basic format");
  const credential = readCredential(parts.get("Credential") ?? "");
  checkScope(credential, moment);
  checkSkew(at, moment, now);
  return {
    ...credential,
    signedHeaders: readSignedHeaders(parts.get("SignedHeaders") ?? ""),
    signature: readHex(parts.get("Signature") ?? ""),
    moment,
  };
}

const PART = /^ *(Credential|SignedHeaders|Signature)=(\S+) *$/u;
const CREDENTIAL =
  /^(?<accessKeyId>\w{16,128})\/(?<date>\d{8})\/(?<region>[\w-]{1,64})\/(?<service>[\w-]{1,64})\/aws4_request$/u;

type Credential = Pick<Signature, "accessKeyId" | "date" | "region" | "service">;

function readCredential(text: string): Credential {
  const groups = CREDENTIAL.exec(text)?.groups;
  if (groups === undefined)
    throw incomplete(
      "has a Credential that is not of the form ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request, or whose access key ID has not at least 16 characters",
    );
  // The pattern has all four.
  return { ...(groups as unknown as Credential) };
}

function readSignedHeaders(text: string): readonly string[] {
  const names = text.split(";");
  const isInOrder = names.every((name, i) => (names[i - 1] ?? "") < name);
  if (!isInOrder || !names.every((name) => HEADER_NAME.test(name)))
    throw incomplete("has SignedHeaders that are not names in lower case, in order, each once");
  return names;
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/u;

function readHex(text: string): string {
  if (!/^[0-9a-f]{64}$/u.test(text)) throw incomplete("has a Signature that is not 64 hexadecimal digits");
  return text;
}

/** Any region will do: a deployment of Stepflare is in none. */
function checkScope({ date, service }: Credential, moment: string): void {
  if (!SERVICES.has(service)) throw invalid("Credential should be scoped to correct service: 'states'.");
  const day = moment.slice(0, 8);
  if (date !== day)
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}', from '${moment}'.`,
    );
}

function checkSkew(at: number, moment: string, now: number): void {
  const minutes = MAX_SKEW_MS / 60_000;
  if (at < now - MAX_SKEW_MS)
    throw invalid(
      `Signature expired: ${moment} is now earlier than ${basicOf(now - MAX_SKEW_MS)} (${basicOf(now)} - ${minutes} min.)`,
    );
  if (at > now + MAX_SKEW_MS)
    throw invalid(
      `Signature not yet current: ${moment} is still later than ${basicOf(now + MAX_SKEW_MS)} (${basicOf(now)} + ${minutes} min.)`,
    );
}

const MOMENT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/u;

function readMoment(text: string): number | undefined {
  const at = Date.parse(text.replace(MOMENT, "$1-$2-$3T$4:$5:$6Z"));
  return MOMENT.test(text) && Number.isFinite(at) ? at : undefined;
}

/** ISO 8601 in its short form, to the second. */
function basicOf(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
}

function incomplete(reason: string): ApiError {
  return new ApiError("IncompleteSignatureException", `Authorization header ${reason}.`);
}

function invalid(message: string): ApiError {
  return new ApiError("InvalidSignatureException", message);
}
