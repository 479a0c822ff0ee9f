/**
 * What an execution costs at Cloudflare's list prices, beyond what the plan includes.
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/
 * @see https://developers.cloudflare.com/queues/platform/pricing/
 */

/** What one execution used. */
export interface Spending {
  /** In the execution's object; an alarm set is a row. */
  readonly objectRows: number;
  readonly indexRows: number;
  /** RPC calls and alarms fired. */
  readonly objectRequests: number;
  readonly alarms: number;
  readonly queueMessages: number;
  readonly transitions: number;
  readonly apiRequests: number;
  /** During which the object waits for a function. */
  readonly secondsWaited: number;
}

/** US dollars for a million of each. */
const PER_MILLION = {
  row: 1,
  objectRequest: 0.15,
  workerRequest: 0.3,
  /** Written, read and deleted: three operations. */
  queueMessage: 1.2,
  /** 0.128 GB at 12.50 dollars for a million GB-seconds. */
  objectSecond: 1.6,
} as const;

/** US dollars for a million transitions. */
export const AWS_STANDARD = 25;
/** US dollars for a million steps. */
export const CLOUDFLARE_WORKFLOWS = 8;

export function allRows({ objectRows, indexRows }: Spending): number {
  return objectRows + indexRows;
}

/** US dollars for a million transitions of executions that each spend this. */
export function pricePerMillionTransitions(spending: Spending): number {
  const execution =
    PER_MILLION.row * allRows(spending) +
    PER_MILLION.objectRequest * spending.objectRequests +
    PER_MILLION.workerRequest * spending.apiRequests +
    PER_MILLION.queueMessage * spending.queueMessages +
    PER_MILLION.objectSecond * spending.secondsWaited;
  return execution / spending.transitions;
}
