/**
 * Regular expressions as JSONata sees them: a matcher is a function from a text to its first match, which knows the next one.
 *
 * Neither is a function of the platform. An expression can put what it has into an object, and an object whose member `then`
 * can be called is taken for a promise wherever it is awaited: one that never settles.
 */
import type { RegularExpression } from "../asl/regular-expression.ts";
import { jsonataError } from "./jsonata-error.ts";
import type { EvaluationMeter } from "./jsonata-meter.ts";
import { libraryFunction, type BuiltIn, type Implementation } from "./jsonata-operators.ts";
import { Matcher, type Match, type Search } from "./regular-expression.ts";

/** How many steps of matching a text weigh as much as a step of the expression. */
const ELEMENTARY_STEPS = 3;

/** What the library calls a matcher by. */
interface MatcherFunction extends BuiltIn {
  apply(self: unknown, given: readonly unknown[]): unknown;
}

/** What the library calls a match. */
interface LinkedMatch extends Match {
  readonly next: MatcherFunction;
}

/** Of a regular expression that is evaluated many times the program is made once. */
export function matcherMaker(meter: EvaluationMeter): (expression: RegularExpression) => MatcherFunction {
  const matchers = new Map<RegularExpression, Matcher>();
  return (expression) => {
    const matcher =
      matchers.get(expression) ?? new Matcher(expression, (steps) => meter.charge(Math.ceil(steps / ELEMENTARY_STEPS)));
    matchers.set(expression, matcher);
    return matcherFunction((text) =>
      typeof text === "string" ? matchFrom(matcher.search(text), expression, text.length, 0) : undefined,
    );
  };
}

function matcherFunction(find: Implementation): MatcherFunction {
  return { ...libraryFunction(find), apply: (_, given) => find(...given) };
}

function matchFrom(
  search: Search,
  expression: RegularExpression,
  length: number,
  from: number,
): LinkedMatch | undefined {
  const found = search.find(from);
  if (found === undefined) return undefined;
  const next = matcherFunction(() => {
    const following = found.end >= length ? undefined : matchFrom(search, expression, length, found.end);
    if (following?.match !== "") return following;
    throw jsonataError("D1004", `Regular expression matches zero length string: ${expression.source}`);
  });
  return { ...found, next };
}
