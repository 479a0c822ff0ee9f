/**
 * What an execution costs at Cloudflare's list prices, beyond what the plan includes.
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/
 * @see https://developers.cloudflare.com/queues/platform/pricing/
 * @see https://developers.cloudflare.com/r2/pricing/
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
  /** Writes and lists. */
  classA: 4.5,
  /** Reads. */
  classB: 0.36,
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

/** What a Map Run used, its parent included; its children ran in memory. */
export interface MapRunSpending {
  readonly rows: number;
  readonly objectRequests: number;
  readonly queueMessages: number;
  /** Invocations of the Worker by a queue. */
  readonly workerRequests: number;
  readonly classA: number;
  readonly classB: number;
  /** During which the Map Run's object was in memory. */
  readonly seconds: number;
}

/** US dollars for a million items of Map Runs that each spend this. */
export function pricePerMillionItems(spending: MapRunSpending, items: number): number {
  const mapRun =
    PER_MILLION.row * spending.rows +
    PER_MILLION.objectRequest * spending.objectRequests +
    PER_MILLION.queueMessage * spending.queueMessages +
    PER_MILLION.workerRequest * spending.workerRequests +
    PER_MILLION.classA * spending.classA +
    PER_MILLION.classB * spending.classB +
    PER_MILLION.objectSecond * spending.seconds;
  return mapRun / items;
}

/**
 * US dollars for a million Express children on AWS: a request each, and the least that a run is billed, 100 ms of 64 MB.
 * The parent's own transitions are beside that what one Map state is: a few. S3 is not in it.
 * @see https://aws.amazon.com/step-functions/pricing/
 */
export const AWS_EXPRESS_CHILDREN: number = 1 + 1_000_000 * 0.1 * (64 / 1024) * 0.00001667;
