/**
 * Throttling: token buckets per operation, as AWS has them.
 *
 * T1. A bucket holds so many tokens at first and at most, and gets so many a second; a call takes one. There is nothing to
 *     wait for: a call that finds none is refused, and the caller tries again.
 * T2. The buckets are in the isolate's memory. They cost no request and no await, and bound what one isolate lets through.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (API action throttling)
 */
import type { Operation } from "./inputs.ts";
import { isOperation } from "./shapes.ts";

export interface Rate {
  /** Tokens, at least 1. */
  readonly size: number;
  /** Tokens, more than 0. */
  readonly perSecond: number;
}

/** `*`: each operation that has no rate of its own. */
export type Throttling = ReadonlyMap<Operation | "*", Rate>;

/** Seconds until it may be tried again; undefined: it may go on. */
export type Throttle = (operation: Operation) => number | undefined;

const CALLBACKS: Rate = { size: 3_000, perSecond: 500 };

/** What AWS publishes for us-east-1, us-west-2 and eu-west-1. */
const AWS: Throttling = new Map<Operation, Rate>([
  ["StartExecution", { size: 1_300, perSecond: 300 }],
  ["StopExecution", { size: 1_000, perSecond: 200 }],
  ["DescribeExecution", { size: 300, perSecond: 15 }],
  ["GetExecutionHistory", { size: 400, perSecond: 20 }],
  ["GetActivityTask", CALLBACKS],
  ["SendTaskSuccess", CALLBACKS],
  ["SendTaskFailure", CALLBACKS],
  ["SendTaskHeartbeat", CALLBACKS],
  ["TestState", { size: 50, perSecond: 10 }],
]);

/** Of `StartExecution=1300/300, *=100/50`; `aws` stands for AWS's own rates, which what follows may change. Throws an Error. */
export function readThrottling(text: string): Throttling {
  const rates = new Map<Operation | "*", Rate>();
  for (const item of text.split(",").map((x) => x.trim())) {
    if (item === "aws") for (const [name, rate] of AWS) rates.set(name, rate);
    else if (item !== "") {
      const { name = "", rate: given = "" } = ITEM.exec(item)?.groups ?? {};
      const rate = readRate(given);
      if (rate === undefined) throw malformed(item);
      if (name !== "*" && !isOperation(name)) throw malformed(item, `there is no operation '${name}'`);
      rates.set(name, rate);
    }
  }
  return rates;
}

const ITEM = /^(?<name>\w+|\*) *= *(?<rate>.*)$/u;

/** Of `1300/300`; undefined: it is none. */
export function readRate(text: string): Rate | undefined {
  const { size, perSecond } = RATE.exec(text.trim())?.groups ?? {};
  const rate = { size: Number(size), perSecond: Number(perSecond) };
  return rate.size >= 1 && rate.perSecond > 0 ? rate : undefined;
}

const RATE = /^(?<size>\d+) *\/ *(?<perSecond>\d+(?:\.\d+)?)$/u;

function malformed(item: string, reason = "it must be Operation=size/perSecond, as StartExecution=1300/300"): Error {
  return new Error(
    `THROTTLING must be "aws" or rates such as "StartExecution=1300/300, *=100/50": '${item}', ${reason}`,
  );
}

interface Bucket {
  readonly tokens: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A bucket for each key. What is asked for is the time in seconds until there is a token; undefined: there is one. */
export interface Buckets<Key> {
  take(key: Key): number | undefined;
  /** Takes none. */
  wait(key: Key): number | undefined;
}

/** @param now epoch milliseconds @param maxKeys the one that was used the longest ago is forgotten beyond that */
export function bucketsBy<Key>(
  rateOf: (key: Key) => Rate | undefined,
  now: () => number,
  maxKeys: number,
): Buckets<Key> {
  const buckets = new Map<Key, Bucket>();
  const look = (key: Key, takes: boolean): number | undefined => {
    const rate = rateOf(key);
    if (rate === undefined) return undefined;
    const at = now();
    const { tokens, at: before } = buckets.get(key) ?? { tokens: rate.size, at };
    const filled = Math.min(rate.size, tokens + (Math.max(at - before, 0) / 1000) * rate.perSecond);
    const isThere = filled >= 1;
    if (takes) {
      buckets.delete(key);
      const oldest = buckets.size < maxKeys ? undefined : buckets.keys().next();
      if (oldest?.done === false) buckets.delete(oldest.value);
      buckets.set(key, { tokens: isThere ? filled - 1 : filled, at: Math.max(at, before) });
    }
    return isThere ? undefined : (1 - filled) / rate.perSecond;
  };
  return { take: (key) => look(key, true), wait: (key) => look(key, false) };
}

/** @param now epoch milliseconds */
export function tokenBuckets(rates: Throttling, now: () => number): Throttle {
  const buckets = bucketsBy((operation: Operation) => rates.get(operation) ?? rates.get("*"), now, Infinity);
  return (operation) => buckets.take(operation);
}

/** The buckets of a setting, the same ones as long as the setting stays; none where nothing is set. */
export function throttleBySetting(now: () => number): (setting: string | undefined) => Throttle | undefined {
  let known: { readonly setting: string; readonly throttle: Throttle } | undefined;
  return (setting = "") => {
    if (setting.trim() === "") return undefined;
    if (known?.setting !== setting) known = { setting, throttle: tokenBuckets(readThrottling(setting), now) };
    return known.throttle;
  };
}
