/**
 * Timestamps: the profile of RFC 3339 that Step Functions reads and writes, in epoch milliseconds.
 *
 * Plain calendar arithmetic, so that the language needs no clock and no Date.
 * @see https://states-language.net/spec.html#timestamps
 */

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/u;

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Epoch milliseconds, further fraction digits dropped; undefined where the text is no timestamp or no real moment. */
export function parseTimestamp(text: string): number | undefined {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetHours = Number(parts[9] ?? 0);
  const offsetMinutes = Number(parts[10] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offset = (offsetHours * 60 + offsetMinutes) * (parts[8] === "-" ? -MINUTE : MINUTE);
  const milliseconds = Number((parts[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const time = (hour * 60 + minute) * MINUTE + second * 1000 + milliseconds;
  return daysBefore(year, month, day) * DAY + time - offset;
}

/** Such as `2016-03-14T01:59:00.000Z`; years 0000 to 9999. */
export function formatTimestamp(epochMilliseconds: number): string {
  const days = Math.floor(epochMilliseconds / DAY);
  const time = Math.floor(epochMilliseconds - days * DAY);
  const [year, month, day] = dateOf(days);
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  const hours = padded(Math.floor(time / 3_600_000), 2);
  const minutes = padded(Math.floor(time / MINUTE) % 60, 2);
  const seconds = padded(Math.floor(time / 1000) % 60, 2);
  return `${date}T${hours}:${minutes}:${seconds}.${padded(time % 1000, 3)}Z`;
}

type Six = [number, number, number, number, number, number];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01. Years are counted from March, which puts the leap day last. */
function daysBefore(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const monthsSinceMarch = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((monthsSinceMarch * 153 + 2) / 5) + day - 1 - DAYS_TO_1970;
}

/** From 0000-03-01 to 1970-01-01. */
const DAYS_TO_1970 = 719_468;

function dateOf(days: number): [year: number, month: number, day: number] {
  let year = 1970 + Math.floor(days / 365.2425);
  // The estimate is at most a year off.
  while (daysBefore(year, 1, 1) > days) year -= 1;
  while (daysBefore(year + 1, 1, 1) <= days) year += 1;
  let month = 1;
  while (month < 12 && daysBefore(year, month + 1, 1) <= days) month += 1;
  return [year, month, days - daysBefore(year, month, 1) + 1];
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
