/**
 * When a schedule is due: `cron(…)`, `rate(…)` and `at(…)`, as EventBridge Scheduler writes them.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
import { Cron } from "croner";

export interface Occurrences {
  /** The first one after that moment, both epoch milliseconds; undefined: there is none. */
  next(after: number): number | undefined;
}

export interface ExpressionFault {
  readonly fault: string;
}

/** Cron's minutes, hours, days and years are those of a time zone; a rate is counted from its anchor. */
export interface ExpressionPlace {
  /** IANA's name of it, such as `Europe/Berlin`. */
  readonly timezone: string;
  /** Epoch milliseconds. A rate's first occurrence is one interval later. */
  readonly anchor: number;
}

const FORM = /^(?<kind>cron|rate|at)\((?<inner>[^()]*)\)$/u;
const UNITS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** A cron expression may have a seventh field in front, seconds, which AWS's has not; so may a rate. */
export function readScheduleExpression(text: string, place: ExpressionPlace): Occurrences | ExpressionFault {
  const { kind, inner = "" } = FORM.exec(text.trim())?.groups ?? {};
  if (!isTimezone(place.timezone)) return { fault: `'${place.timezone}' is no time zone` };
  switch (kind) {
    case "cron":
      return cronOccurrences(inner.trim(), place.timezone);
    case "rate":
      return rateOccurrences(inner.trim(), place.anchor);
    case "at":
      return oneOccurrence(inner.trim(), place.timezone);
    default:
      return {
        fault:
          "A schedule's expression is cron(minutes hours day-of-month month day-of-week year), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)",
      };
  }
}

function cronOccurrences(inner: string, timezone: string): Occurrences | ExpressionFault {
  const fields = inner.split(/\s+/u);
  if (fields.length !== 6 && fields.length !== 7)
    return { fault: `cron() has six fields, or seven with seconds in front; it was given ${fields.length}` };
  const withSeconds = fields.length === 7 ? fields : ["0", ...fields];
  const [, , , dayOfMonth, , dayOfWeek] = withSeconds;
  if ((dayOfMonth === "?") === (dayOfWeek === "?"))
    return { fault: "One of the fields day-of-month and day-of-week is ?, the other one is not" };
  const pattern = withSeconds.map((field) => (field === "?" ? "*" : field)).join(" ");
  return read(
    () => new Cron(pattern, { timezone, mode: "7-part", alternativeWeekdays: true, sloppyRanges: true, paused: true }),
  );
}

function rateOccurrences(inner: string, anchor: number): Occurrences | ExpressionFault {
  const { value = "", unit = "" } = /^(?<value>\d{1,9}) (?<unit>second|minute|hour|day)s?$/u.exec(inner)?.groups ?? {};
  const interval = Number(value) * (UNITS[unit] ?? 0);
  if (interval === 0) return { fault: "rate() is a whole number of at least 1 and a unit: rate(5 minutes)" };
  // In whole seconds, which the names of executions tell apart.
  const from = Math.floor(anchor / 1000) * 1000;
  return { next: (after) => from + Math.max(1, Math.floor((after - from) / interval) + 1) * interval };
}

function oneOccurrence(inner: string, timezone: string): Occurrences | ExpressionFault {
  const asUtc = new Date(`${inner}Z`);
  const isMoment = !Number.isNaN(asUtc.getTime()) && asUtc.toISOString() === `${inner}.000Z`;
  if (!isMoment) return { fault: "at() is a moment such as at(2026-11-20T13:00:00)" };
  return read(() => new Cron(inner, { timezone, allowPast: true, paused: true }));
}

/** Cron says what it does not like by an exception. */
function read(make: () => Cron): Occurrences | ExpressionFault {
  try {
    const cron = make();
    return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    // The platform knows its time zones, and refuses others by an exception.
    return false;
  }
}
