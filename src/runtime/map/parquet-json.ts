/** Values of a Parquet file as JSON text: integers keep their digits, moments are ISO 8601 in UTC, bytes are Base64. */
import type { ParquetParsers } from "hyparquet";

const DAY_MS = 86_400_000;

/** Moments become texts as they are read, with the digits that the file has. */
export const PARSERS: Pick<
  ParquetParsers,
  "dateFromDays" | "timestampFromMilliseconds" | "timestampFromMicroseconds" | "timestampFromNanoseconds"
> = {
  dateFromDays: (days: number) => new Date(days * DAY_MS).toISOString().slice(0, 10),
  timestampFromMilliseconds: (millis: bigint) => isoOf(millis, 3),
  timestampFromMicroseconds: (micros: bigint) => isoOf(micros, 6),
  timestampFromNanoseconds: (nanos: bigint) => isoOf(nanos, 9),
};

/** @param digits how many of them are behind the seconds' decimal point */
function isoOf(moment: bigint | null | undefined, digits: number): string | null {
  if (moment === null || moment === undefined) return null;
  const unit = 10n ** BigInt(digits);
  const fraction = ((moment % unit) + unit) % unit;
  const seconds = new Date(Number((moment - fraction) / unit) * 1000).toISOString().slice(0, -5);
  return `${seconds}.${String(fraction).padStart(digits, "0")}Z`;
}

export function parquetJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(base64Of(value));
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(parquetJson).join(",")}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${parquetJson(member)}`);
  return `{${members.join(",")}}`;
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
