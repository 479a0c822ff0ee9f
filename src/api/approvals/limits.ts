/**
 * How often links may be tried: by link and by address, in the isolate's memory as all throttling (decision 16). Each request
 * wakes the execution's object, which somebody pays for.
 */
import { addressOf } from "../auth/attempts.ts";
import { bucketsBy, type Rate } from "../throttling.ts";

/** Mail scanners and previews open a link some dozens of times. */
const OF_A_LINK: Rate = { size: 100, perSecond: 5 };
const DECISIONS_OF_A_LINK: Rate = { size: 10, perSecond: 2 };
/** A whole office may be behind one. */
const OF_AN_ADDRESS: Rate = { size: 200, perSecond: 20 };
const MAX_KEYS = 10_000;

/** Seconds until it may be tried again; undefined: it may go on. @param link the last part of its address */
export type ApprovalLimits = (request: Request, link: string) => number | undefined;

/** @param now epoch milliseconds */
export function approvalLimits(now: () => number): ApprovalLimits {
  const addresses = bucketsBy<string>(() => OF_AN_ADDRESS, now, MAX_KEYS);
  const links = bucketsBy<string>(() => OF_A_LINK, now, MAX_KEYS);
  const decisions = bucketsBy<string>(() => DECISIONS_OF_A_LINK, now, MAX_KEYS);
  return (request, link) => {
    const address = addressOf(request);
    // Locally nobody says who asks.
    const wait = address === "" ? undefined : addresses.take(address);
    return wait ?? links.take(link) ?? (request.method === "POST" ? decisions.take(link) : undefined);
  };
}
