/**
 * How often somebody may try: failures by address, calls by key. In the isolate's memory, as all throttling
 * (decision 16): it costs nothing, and bounds what one isolate does for a caller.
 */
import { bucketsBy, type Buckets, type Rate } from "../throttling.ts";
import { ApiError } from "../api-error.ts";

/** Ten failures, and ten more a minute. */
const FAILURES: Rate = { size: 10, perSecond: 10 / 60 };
const MAX_ADDRESSES = 10_000;
const MAX_KEYS = 1_000;

export interface Attempts {
  /** Throws ThrottlingException where the address has failed too often. */
  refuseAfterFailures(request: Request): void;
  countFailure(request: Request): void;
  /** Throws ThrottlingException beyond the rate. */
  countCall(caller: string, rate: Rate): void;
}

/** @param now epoch milliseconds */
export function countAttempts(now: () => number): Attempts {
  const failures = bucketsBy<string>(() => FAILURES, now, MAX_ADDRESSES);
  let calls: { readonly rate: Rate; readonly buckets: Buckets<string> } | undefined;
  return {
    refuseAfterFailures: (request) => refuse(failures.wait(addressOf(request))),
    countFailure: (request) => void failures.take(addressOf(request)),
    countCall: (caller, rate) => {
      if (calls?.rate !== rate) calls = { rate, buckets: bucketsBy(() => rate, now, MAX_KEYS) };
      refuse(calls.buckets.take(caller));
    },
  };
}

function refuse(waitSeconds: number | undefined): void {
  if (waitSeconds !== undefined) throw new ApiError("ThrottlingException", "Rate exceeded", {}, waitSeconds);
}

/** As Cloudflare saw it. Of an IPv6 address the network, as a single caller has a whole one. */
export function addressOf(request: Request): string {
  const address = request.headers.get("cf-connecting-ip") ?? "";
  return address.includes(":") ? (address.split("::")[0] ?? "").split(":").slice(0, 4).join(":") : address;
}
