/**
 * Cloudflare Access: the assertion that it puts on each request it lets through. It is verified here, since a Worker may be
 * reached around Access, by its workers.dev name for one.
 * @see https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 */
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import { ApiError } from "../api-error.ts";
import { policyPrincipal, type Principal } from "./principal.ts";
import type { AccessTeam } from "./settings.ts";

export const ASSERTION_HEADER = "cf-access-jwt-assertion";

/** Access changes its keys every six weeks, and announces them before. */
const KEYS_FRESH_MS = 3_600_000;
/** An assertion by an unknown key makes us look for new ones, and this often at the most. */
const KEYS_COOLDOWN_MS = 60_000;
const CLOCK_TOLERANCE_SECONDS = 5;

export type ReadAssertion = (assertion: string, team: AccessTeam, accountId: string) => Promise<Principal>;

/** Who an assertion speaks of, whatever they may do; undefined: nobody in particular. */
export type ReadSubject = (assertion: string, team: AccessTeam) => Promise<string | undefined>;

/** @param now epoch milliseconds. Who it speaks of, or an ApiError. */
export function accessSubjects(now: () => number, fetchKeys: typeof fetch): ReadSubject {
  const keySets = new Map<string, JWTVerifyGetKey>();
  const keysOf = (issuer: string): JWTVerifyGetKey => {
    const keys =
      keySets.get(issuer) ??
      createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`), {
        cacheMaxAge: KEYS_FRESH_MS,
        cooldownDuration: KEYS_COOLDOWN_MS,
        [customFetch]: (url, options) => fetchKeys(url, options),
      });
    keySets.set(issuer, keys);
    return keys;
  };
  return async (assertion, team) => subjectOf(await verified(assertion, keysOf(team.issuer), team, now()));
}

/** @param now epoch milliseconds. Who it speaks of with what they may do, or an ApiError. */
export function accessAssertions(now: () => number, fetchKeys: typeof fetch): ReadAssertion {
  const readSubject = accessSubjects(now, fetchKeys);
  return async (assertion, team, accountId) => {
    const who = await readSubject(assertion, team);
    const policy = who === undefined ? undefined : findPolicy(team, who);
    if (who !== undefined && policy !== undefined) return policyPrincipal(accountId, "user/access/", who, policy);
    throw new ApiError("AccessDeniedException", "ACCESS_POLICIES has no policy for whoever Cloudflare Access let in");
  };
}

async function verified(text: string, keys: JWTVerifyGetKey, team: AccessTeam, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(text, keys, {
      algorithms: ["RS256"],
      issuer: team.issuer,
      audience: [...team.audiences],
      requiredClaims: ["exp", "iat"],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new ApiError("ExpiredTokenException", "The assertion of Cloudflare Access has expired");
    if (isRefusal(error))
      throw new ApiError("UnrecognizedClientException", "The assertion of Cloudflare Access is invalid");
    console.error("stepflare: the keys of Cloudflare Access could not be fetched", error);
    throw new ApiError("ServiceUnavailable", "Cloudflare Access cannot be asked for its keys at the moment; try again");
  }
}

/** Whether the assertion is wrong, rather than its keys out of reach. */
function isRefusal(error: unknown): boolean {
  const isOutOfReach =
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError);
  // The library has no class of its own for an answer that is not 200.
  return !isOutOfReach && error.code !== "ERR_JOSE_GENERIC";
}

/** A person's e-mail address, or the client id of a service token. */
function subjectOf({ email, common_name: clientId }: JWTPayload): string | undefined {
  if (typeof email === "string" && email !== "") return email.toLowerCase();
  return typeof clientId === "string" && clientId !== "" ? clientId.toLowerCase() : undefined;
}

function findPolicy({ policies }: AccessTeam, who: string): ReturnType<AccessTeam["policies"]["get"]> {
  const domain = who.includes("@") ? policies.get(`*@${who.slice(who.lastIndexOf("@") + 1)}`) : undefined;
  return policies.get(who) ?? domain ?? policies.get("*");
}
