/**
 * DynamoDB's numbers: decimal and exact, of up to 38 significant digits.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
import { invalid } from "./table-fault.ts";

/** `coefficient` times ten to the `exponent`; the coefficient's last digit is no zero, unless it is zero itself. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const FORM = /^(?<sign>[+-]?)(?:(?<whole>\d+)(?:\.(?<part>\d*))?|\.(?<bare>\d+))(?:[eE](?<power>[+-]?\d+))?$/u;
const MAX_DIGITS = 38;
/** Of the first digit. */
const MAX_POWER = 125;
const MIN_POWER = -130;

/** Throws DynamoDB's refusal. */
export function parseDecimal(text: string): Decimal {
  const found = FORM.exec(text)?.groups;
  if (found === undefined)
    throw invalid(`The parameter cannot be converted to a numeric value${text === "" ? "" : `: ${text}`}`);
  const part = found["part"] ?? found["bare"] ?? "";
  const digits = `${found["whole"] ?? ""}${part}`.replace(/^0+/u, "");
  const kept = withoutZeros(digits);
  if (kept === "") return ZERO;
  const exponent = Number(found["power"] ?? 0) - part.length + digits.length - kept.length;
  checkRange(exponent + kept.length - 1);
  if (kept.length > MAX_DIGITS) throw tooPrecise();
  return { coefficient: BigInt(found["sign"] === "-" ? `-${kept}` : kept), exponent };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = scaled(a, exponent) + scaled(b, exponent);
  if (sum === 0n) return ZERO;
  const digits = String(sum < 0n ? -sum : sum);
  const kept = withoutZeros(digits);
  checkRange(exponent + digits.length - 1);
  if (kept.length > MAX_DIGITS) throw tooPrecise();
  return { coefficient: BigInt(sum < 0n ? `-${kept}` : kept), exponent: exponent + digits.length - kept.length };
}

export function negated({ coefficient, exponent }: Decimal): Decimal {
  return { coefficient: -coefficient, exponent };
}

/** Below, at or above zero: as a stands to b. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = scaled(a, exponent) - scaled(b, exponent);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** As DynamoDB writes it: without an exponent, without zeros that say nothing. */
export function textOfDecimal({ coefficient, exponent }: Decimal): string {
  const sign = coefficient < 0n ? "-" : "";
  const digits = digitsOf(coefficient);
  if (exponent >= 0) return sign + digits + "0".repeat(exponent);
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** How many significant digits it has. */
export function precisionOf({ coefficient }: Decimal): number {
  return coefficient === 0n ? 0 : digitsOf(coefficient).length;
}

/** A text that sorts, unit by unit, as the numbers do. */
export function sortableDecimal({ coefficient, exponent }: Decimal): string {
  if (coefficient === 0n) return "1";
  const digits = digitsOf(coefficient);
  const power = exponent + digits.length - 1 + POWER_OFFSET;
  if (coefficient > 0n) return `2${power}${digits}`;
  // Of two negative numbers the one with the larger power, or the larger digits, comes first.
  return `0${999 - power}${digits.replaceAll(/\d/gu, (digit) => String(9 - Number(digit)))}~`;
}

const ZERO: Decimal = { coefficient: 0n, exponent: 0 };
/** Makes every power a number of three digits. */
const POWER_OFFSET = 500;

function digitsOf(coefficient: bigint): string {
  return String(coefficient < 0n ? -coefficient : coefficient);
}

/** Without the zeros at its end. Not by a pattern: that takes time quadratic in the zeros of a long text. */
function withoutZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}

function scaled({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient * 10n ** BigInt(exponent - to);
}

function checkRange(power: number): void {
  const fault = (what: string, which: string): Error =>
    invalid(`Number ${what}. Attempting to store a number with magnitude ${which} than supported range`);
  if (power > MAX_POWER) throw fault("overflow", "larger");
  if (power < MIN_POWER) throw fault("underflow", "smaller");
}

function tooPrecise(): Error {
  return invalid("Attempting to store more than 38 significant digits in a Number");
}
