/** DynamoDB's numbers: read, written, added, compared and sorted. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDecimals,
  compareDecimals,
  negated,
  parseDecimal,
  precisionOf,
  sortableDecimal,
  textOfDecimal,
} from "../../src/runtime/tables/decimal.ts";

const text = (given: string): string => textOfDecimal(parseDecimal(given));

/** Numbers of up to 20 digits, with up to 60 zeros before or behind the point. */
const numbers = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.integer({ min: -60, max: 60 }))
  .map(([isNegative, digits, power]) => `${isNegative ? "-" : ""}${digits}E${power}`);

/** As a whole number of the 100th decimal place. */
function exact(given: string): bigint {
  const [digits = "", power = "0"] = given.split("E");
  return BigInt(digits) * 10n ** BigInt(100 + Number(power));
}

test.each([
  ["0", "0"],
  ["-0", "0"],
  ["000", "0"],
  ["0.0e5", "0"],
  ["00120", "120"],
  ["+1.50", "1.5"],
  [".5", "0.5"],
  ["5.", "5"],
  ["1e3", "1000"],
  ["-12.34E-3", "-0.01234"],
  ["1E-130", `0.${"0".repeat(129)}1`],
  ["9.9e125", `99${"0".repeat(124)}`],
])("%s is written as %s", (given, written) => {
  expect(text(given)).toBe(written);
});

test.each([
  ["", "The parameter cannot be converted to a numeric value"],
  [" 1", "The parameter cannot be converted to a numeric value:  1"],
  ["1e", "The parameter cannot be converted to a numeric value: 1e"],
  ["NaN", "The parameter cannot be converted to a numeric value: NaN"],
  ["0x1", "The parameter cannot be converted to a numeric value: 0x1"],
  ["1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"],
  ["1e99999999999", "Number overflow. Attempting to store a number with magnitude larger than supported range"],
  ["-1e-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"],
  ["1".repeat(39), "Attempting to store more than 38 significant digits in a Number"],
])("%j is refused", (given, message) => {
  expect(() => parseDecimal(given)).toThrow(message);
});

test("digits that say nothing do not count", () => {
  expect(precisionOf(parseDecimal(`000${"1".repeat(38)}000.000`))).toBe(38);
  expect(precisionOf(parseDecimal("0"))).toBe(0);
});

test("a long text of zeros is read in time linear in it", () => {
  expect(text(`${"0".repeat(1_000_000)}1.${"0".repeat(1_000_000)}`)).toBe("1");
});

describe("of any two numbers", () => {
  test("the sum is exact", () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const sum = exact(a) + exact(b);
        const difference = exact(a) - exact(b);
        const [x, y] = [parseDecimal(a), parseDecimal(b)];
        const scaled = (given: string): bigint =>
          exact(`${given.replace(".", "")}E-${given.split(".")[1]?.length ?? 0}`);
        const digits = (value: bigint): number => String(value).replace(/^-?/u, "").replace(/0+$/u, "").length;
        fc.pre(digits(sum) <= 38 && digits(difference) <= 38);
        expect(scaled(textOfDecimal(addDecimals(x, y)))).toBe(sum);
        expect(scaled(textOfDecimal(addDecimals(x, negated(y))))).toBe(difference);
      }),
    );
  });

  test("a sum that needs more than 38 digits is refused", () => {
    const [large, small] = [parseDecimal("1e30"), parseDecimal("1e-30")];
    expect(() => addDecimals(large, small)).toThrow("more than 38 significant digits");
    const most = parseDecimal("9e125");
    expect(() => addDecimals(most, most)).toThrow("Number overflow");
  });

  test("they are in the order of their sortable texts", () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [x, y] = [parseDecimal(a), parseDecimal(b)];
        const difference = exact(a) - exact(b);
        const order = difference < 0n ? -1 : Number(difference > 0n);
        expect(compareDecimals(x, y)).toBe(order);
        const [s, t] = [sortableDecimal(x), sortableDecimal(y)];
        expect(s < t ? -1 : Number(s > t)).toBe(order);
      }),
      { numRuns: 1000 },
    );
  });
});
