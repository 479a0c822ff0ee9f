/** Scalars as they are written on the wire, and read from it. */
import type { Json, JsonObject } from "../../../asl/json.ts";
import { formatTimestamp, parseTimestamp } from "../../../asl/instant.ts";
import type { Shape } from "../../../services/model.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

export type TimestampFormat = "iso8601" | "unix" | "rfc822";

/** A string as it is, all else in JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** In a header, a URL, a form or an XML. @param format of a timestamp, where its shape has none */
export function scalarText(shape: Shape, value: Json, format: TimestampFormat): string {
  if (shape.type === "blob") return encodeBase64(textOf(value));
  return shape.type === "timestamp" ? String(timestampValue(textOf(value), shape.format ?? format)) : textOf(value);
}

/** In JSON. */
export function scalarJson(shape: Shape, value: Json): Json {
  if (shape.type === "blob") return encodeBase64(textOf(value));
  return shape.type === "timestamp" ? timestampValue(textOf(value), shape.format ?? "unix") : value;
}

function timestampValue(iso: string, format: TimestampFormat): string | number {
  const milliseconds = parseTimestamp(iso) ?? 0;
  switch (format) {
    case "unix":
      return milliseconds / 1000;
    case "rfc822":
      return new Date(milliseconds).toUTCString();
    case "iso8601":
      return iso.replace(".000Z", "Z");
  }
}

/** How a result shows values. */
export interface Showing {
  /** Of a member, by the model's name. */
  readonly nameOf: (name: string) => string;
  readonly timestamps: "text" | "milliseconds";
}

/** A structure's members by their names, as results have them (recorded). */
export function inOrder(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a result shows of a scalar that came as JSON, or as the text of a header or an XML. */
export function shownScalar(shape: Shape, value: Json, { timestamps }: Showing): Json {
  switch (shape.type) {
    case "timestamp": {
      const milliseconds = momentOf(value);
      if (milliseconds === undefined) return value;
      return timestamps === "text" ? formatTimestamp(milliseconds) : milliseconds;
    }
    case "blob":
      return typeof value === "string" ? decodeBase64(value) : value;
    case "number":
      return typeof value === "string" && value !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "boolean":
      return typeof value === "string" ? value === "true" : value;
    default:
      return value;
  }
}

/** Epoch milliseconds; undefined: it is no moment. */
function momentOf(value: Json): number | undefined {
  if (typeof value === "number") return Math.round(value * 1000);
  if (typeof value !== "string") return undefined;
  if (/^\d+(?:\.\d+)?$/u.test(value)) return Math.round(Number(value) * 1000);
  const milliseconds = parseTimestamp(value) ?? Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
