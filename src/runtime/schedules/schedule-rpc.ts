/** What a schedule is, and what its object is asked. Shapes cross versions of the Worker: members are only added. */

/** What happens when the execution that was started last still runs. */
export type OverlapPolicy =
  /** Another one is started beside it. */
  | "ALLOW"
  /** None is started. */
  | "SKIP"
  /** It is stopped first. */
  | "STOP";

export interface SchedulePlan {
  readonly name: string;
  readonly scheduleArn: string;
  /** `cron(…)`, `rate(…)` or `at(…)`. */
  readonly scheduleExpression: string;
  /** IANA's name. */
  readonly timezone: string;
  /** Of a state machine, a version or an alias. */
  readonly stateMachineArn: string;
  /** JSON text; `<aws.scheduler.scheduled-time>` and its like stand for what they name. */
  readonly input: string;
  readonly isEnabled: boolean;
  readonly overlap: OverlapPolicy;
  /** Occurrences that were missed are made up for if they are no older, milliseconds. */
  readonly catchUpMs: number;
  /** Epoch milliseconds: nothing is due before, or at and after it. */
  readonly startDate?: number;
  readonly endDate?: number;
  /** Epoch milliseconds; what a rate is counted from where there is no startDate. */
  readonly createdAt: number;
}

/** One occurrence, and what came of it. */
export interface Firing {
  /** Epoch milliseconds. */
  readonly scheduledAt: number;
  /** When it was acted on. */
  readonly at: number;
  readonly executionArn?: string;
  /** Absent: an execution was started. */
  readonly skipped?: "OVERLAP";
  readonly error?: string;
}

export interface ScheduleDescription {
  readonly plan: SchedulePlan;
  /** Epoch milliseconds; absent: never again. */
  readonly nextAt?: number;
  /** The next occurrences, up to five. */
  readonly upcoming: readonly number[];
  readonly last?: Firing;
  /** Occurrences since the schedule was created. */
  readonly started: number;
  readonly skipped: number;
  readonly failed: number;
  /** An interval that is being made up for. */
  readonly backfill?: Backfill;
}

/** Occurrences after `after` up to and including `to`, epoch milliseconds. */
export interface Backfill {
  readonly after: number;
  readonly to: number;
}

export interface ScheduleRpc {
  /** Makes it, or changes it; counts and what it did last are kept. */
  put(plan: SchedulePlan): Promise<ScheduleDescription>;
  /** null: there is nothing here. */
  describe(): Promise<ScheduleDescription | null>;
  /** Nothing is due any more, and nothing is stored. */
  remove(): Promise<null>;
  /** Starts what is due in that interval, beside what is due now. false: another one is under way, or there is no schedule. */
  backfill(interval: Backfill): Promise<boolean>;
}

/**
 * The plan's input with its context attributes filled in; an attempt has no number, as another attempt is the same start.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function inputOf({ input, scheduleArn }: SchedulePlan, scheduledAt: number, executionName: string): string {
  const attributes: Readonly<Record<string, string>> = {
    "schedule-arn": scheduleArn,
    "scheduled-time": new Date(scheduledAt).toISOString().replace(".000Z", "Z"),
    "execution-id": executionName,
  };
  // Within JSON text, so that what they stand for needs no escapes.
  return input.replaceAll(/<aws\.scheduler\.(?<name>[a-z-]+)>/gu, (whole, name: string) => attributes[name] ?? whole);
}
