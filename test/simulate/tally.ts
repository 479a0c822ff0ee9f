/** How often what happened: the proof that a fault was there, and that a rule had something to say. */

export class Tally {
  readonly counts: Map<string, number> = new Map();

  add(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }
}

/** What a run must have met: a count of zero says that the simulation has gone tame. */
export const MUST_OCCUR: readonly string[] = [
  ...[
    "crash before commit",
    "crash after commit",
    "storage refusal",
    "request lost",
    "reply lost",
    "message lost",
    "message doubled",
    "message held back",
    "query failed",
    "alarm late",
    "alarm early",
    "alarm doubled",
    "object killed",
    "object stale",
    "clock forwards",
    "clock backwards",
    "worker killed",
    "start before commit lost",
    "start after commit unanswered",
    "task scheduled and lost",
    "task scheduled and not called",
    "result lost",
    "result kept and not gone on",
    "stale instance refused",
    "start doubled",
    "start with other input",
    "callback doubled",
    "callback races",
    "callback late",
    "callback of an earlier epoch",
    "heartbeat",
    "task called again",
    "answer after close",
    "stop",
    "stop with task in flight",
    "redrive",
    "redrive doubled",
    "history full",
  ].map((x) => `fault: ${x}`),
  ...Array.from({ length: 15 }, (_, i) => `invariant ${i + 1}`),
  ...["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"].map((x) => `state: ${x}`),
  ...[
    "lambda",
    "invoke",
    "token",
    "activity",
    "sync",
    "child stopped",
    "jsonata",
    "variable",
    "retry",
    "catch",
    "tolerated",
  ].map((x) => `used: ${x}`),
  ...["map run EXPRESS", "map run STANDARD", "map run failed", "map run redriven", "map run stopped", "express"].map(
    (x) => `used: ${x}`,
  ),
  ...["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"].map((x) => `end: ${x}`),
];
