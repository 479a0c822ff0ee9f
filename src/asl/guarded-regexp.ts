/** The regular expressions of JSONata, kept from running away: admitted patterns only, and a bound on the work of each match. */
import { countRepetitions } from "./safe-pattern.ts";

/** Steps that one match may take at the most. */
const MAX_STEPS = 50_000_000;

function guarded(pattern: RegExp): RegExp {
  const repetitions = countRepetitions(pattern.source);
  const regex = new RegExp(pattern.source, pattern.flags);
  const exec = regex.exec.bind(regex);
  regex.exec = (text: string): RegExpExecArray | null => {
    if (repetitions === undefined || (text.length + 1) ** Math.max(repetitions, 1) > MAX_STEPS) {
      throw Object.assign(new Error(`The regular expression /${pattern.source}/ is too expensive for this text`), {
        code: "D1013",
      });
    }
    return exec(text);
  };
  return regex;
}

/** In the place of the RegExp constructor, which JSONata calls with a parsed pattern. */
export const guardedRegExp: RegExpConstructor = guarded as unknown as RegExpConstructor;
