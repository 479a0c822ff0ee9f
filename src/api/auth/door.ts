/**
 * The door: who a request is from, or why it is not let in.
 *
 * D1. Closed unless it is configured otherwise: no keys, no Access, no word that something else decides: nobody gets in.
 * D2. What is wrong with a request by itself is told before a key is read.
 * D3. A key is read at the most every few seconds: a change counts at once in the isolate that makes it, elsewhere after
 *     MAX_AGE_MS.
 */
import type { Json } from "../../asl/json.ts";
import { readRecently } from "../../runtime/recent-reads.ts";
import { findAccessKey, noteKeyUse, type StoredKey } from "../../runtime/access-keys.ts";
import { ApiError } from "../api-error.ts";
import type { KeepAlive } from "../context.ts";
import { readBytes } from "../request-body.ts";
import { accessAssertions, ASSERTION_HEADER } from "./access-assertion.ts";
import { countAttempts } from "./attempts.ts";
import { readSignature } from "./authorization-header.ts";
import { bearerKeyId, hashOf } from "./key-texts.ts";
import { isLoopback } from "./loopback.ts";
import { readPolicy } from "./policy.ts";
import { openPrincipal, policyPrincipal, type Principal } from "./principal.ts";
import { findReadyMade } from "./ready-made-policies.ts";
import type { AccessSettings } from "./settings.ts";
import { signatureCheck } from "./signature-check.ts";
import type { Signature } from "./sigv4.ts";

/** Where a request came to. */
export interface Entrance {
  readonly settings: AccessSettings;
  readonly db: D1Database;
  /** `wire`: where AWS's clients sign. */
  readonly protocol: "wire" | "rest";
  readonly maxBodyBytes: number;
  readonly keepAlive: KeepAlive;
}

export interface Admitted {
  readonly principal: Principal;
  /** Where it had to be read to be sure who sent it. */
  readonly body?: Uint8Array | undefined;
}

export type Door = (request: Request, entrance: Entrance) => Promise<Admitted>;

const CLOSED =
  "This Stepflare has no access control configured and refuses every request from outside its own machine. Set SECRET_KEYS " +
  "and make keys (npm run keys), or put Cloudflare Access in front and set ACCESS_TEAM_DOMAIN, ACCESS_AUD and ACCESS_POLICIES; " +
  'ALLOW_UNAUTHENTICATED = "true" lets everybody in. docs/operations.md says how.';

/** Whether anybody could be let in: if not, not even the console's files are served. */
export function closedTo(request: Request, settings: AccessSettings): string | undefined {
  const isConfigured = settings.sealer !== undefined || settings.team !== undefined;
  return isConfigured || isOpenTo(request, settings) ? undefined : CLOSED;
}

/**
 * Who gets in without a key. The host is the caller's word, and so it opens nothing by itself: OPEN_ON_LOOPBACK is set by
 * `npm start`, whose server listens on this machine's own address, and by no deployment.
 */
function isOpenTo(request: Request, { openTo }: AccessSettings): boolean {
  return openTo === "everybody" || (openTo === "loopback" && isLoopback(request.url));
}

/** @param now epoch milliseconds @param fetchKeys fetches the public keys of Cloudflare Access */
export function createDoor(now: () => number, fetchKeys: typeof fetch): Door {
  const attempts = countAttempts(now);
  const readAssertion = accessAssertions(now, fetchKeys);
  const checkSignature = signatureCheck();
  const noted = new Map<string, number>();

  const findKey = (id: string, { settings, db }: Entrance): Promise<LiveKey | undefined> =>
    readRecently(db, now(), `key ${id}`, async () => {
      const stored = await findAccessKey(db, settings.accountId, id);
      return stored && liveKey(stored, settings);
    });

  /** Whose key it is; what the key's kind has to prove was proved. */
  const admitKey = (key: LiveKey, { keepAlive, db }: Entrance): Principal => {
    const at = now();
    if (key.stored.disabledAt !== null) throw unrecognized();
    if (key.stored.expiresAt !== null && key.stored.expiresAt <= at)
      throw new ApiError("ExpiredTokenException", "The security token included in the request is expired");
    const { id, lastUsedAt } = key.stored;
    if (at - Math.max(lastUsedAt ?? 0, noted.get(id) ?? 0) > NOTED_EVERY_MS) {
      noted.set(id, at);
      keepAlive(noteKeyUse(db, id, at));
    }
    return key.principal;
  };

  const admitSigned = async (request: Request, signature: Signature, entrance: Entrance): Promise<Admitted> => {
    const key = await findKey(signature.accessKeyId, entrance);
    if (key?.stored.kind !== "access" || key.secret === undefined) throw unrecognized();
    const body = await readBytes(request, entrance.maxBodyBytes);
    if (body === undefined) throw new ApiError("RequestEntityTooLargeException", "The request is too large");
    await checkSignature(request, body, signature, key.secret, entrance.settings.hosts);
    return { principal: admitKey(key, entrance), body };
  };

  const admitBearer = async (token: string, id: string, entrance: Entrance): Promise<Admitted> => {
    const key = await findKey(id, entrance);
    // Hashes may be compared as they are: whoever sends a token cannot choose its hash.
    if (key?.stored.kind !== "bearer" || key.stored.secret !== hashOf(token)) throw unrecognized();
    return { principal: admitKey(key, entrance) };
  };

  /** What the request brings to prove who it is from; nothing is read for it yet. */
  const proofOf = (request: Request, entrance: Entrance): (() => Promise<Admitted>) => {
    const { settings, protocol } = entrance;
    const authorization = request.headers.get("authorization");
    const assertion = request.headers.get(ASSERTION_HEADER);
    const { team } = settings;
    if (authorization === null && assertion !== null && team !== undefined)
      return async () => ({ principal: await readAssertion(assertion, team, settings.accountId) });
    if (authorization === null)
      throw new ApiError("MissingAuthenticationTokenException", "Missing Authentication Token");
    if (settings.sealer === undefined) throw unrecognized("SECRET_KEYS is not set, and so there are no keys.");
    const [, token] = /^bearer +(\S+)$/iu.exec(authorization) ?? [];
    if (token !== undefined) {
      const id = bearerKeyId(token);
      if (id === undefined) throw unrecognized();
      return () => admitBearer(token, id, entrance);
    }
    if (protocol === "rest")
      throw incomplete("has no bearer key (Bearer sfn_…); requests of the REST API are not signed.");
    if (request.headers.has("x-amz-security-token")) throw unrecognized();
    const signature = readSignature(authorization, request.headers, now());
    return () => admitSigned(request, signature, entrance);
  };

  return async (request, entrance) => {
    const { settings } = entrance;
    const closed = closedTo(request, settings);
    if (closed !== undefined) throw new ApiError("AccessDeniedException", closed);
    if (isOpenTo(request, settings)) {
      announceOpen(settings);
      return { principal: openPrincipal(settings.accountId, "anyone") };
    }
    const prove = proofOf(request, entrance);
    attempts.refuseAfterFailures(request);
    const admitted = await prove().catch((error: unknown) => {
      if (error instanceof ApiError && FAILURES.has(error.name)) attempts.countFailure(request);
      throw error;
    });
    if (settings.callRate !== undefined) attempts.countCall(admitted.principal.arn, settings.callRate);
    return admitted;
  };
}

/** What somebody who guesses would see. */
const FAILURES: ReadonlySet<string> = new Set([
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "ExpiredTokenException",
]);

const NOTED_EVERY_MS = 3_600_000;

interface LiveKey {
  readonly stored: StoredKey;
  readonly principal: Principal;
  /** Of an access key; undefined: SECRET_KEYS has changed since it was made. */
  readonly secret: string | undefined;
}

function liveKey(stored: StoredKey, { accountId, sealer }: AccessSettings): LiveKey {
  const { name, policy: text, kind, secret } = stored;
  const read = findReadyMade(text) ?? readPolicy(JSON.parse(text) as Json);
  // A policy is checked before it is stored; one that cannot be read allows nothing.
  const policy = "fault" in read ? [] : "policy" in read ? read.policy : read;
  const principal = policyPrincipal(accountId, "user/", name, policy);
  return { stored, principal, secret: kind === "access" ? sealer?.open(secret, "access-key") : undefined };
}

let isAnnounced = false;

/** Once in an isolate. */
function announceOpen({ openTo }: AccessSettings): void {
  if (isAnnounced) return;
  isAnnounced = true;
  const [who, setting] =
    openTo === "everybody"
      ? ["Whoever reaches this Worker", "ALLOW_UNAUTHENTICATED"]
      : ["Whoever reaches this machine's own address", "OPEN_ON_LOOPBACK"];
  console.warn(`stepflare: ${who} may do everything, without a key: ${setting} is "true"`);
}

function unrecognized(message = "The security token included in the request is invalid."): ApiError {
  return new ApiError("UnrecognizedClientException", message);
}

function incomplete(reason: string): ApiError {
  return new ApiError("IncompleteSignatureException", `Authorization header ${reason}`);
}
