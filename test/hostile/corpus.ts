/** The poison, as states to be run: what each is, and how it has to end. */
import type { Json } from "../../src/asl/json.ts";
import { EVIL_KEYS, objectOf } from "../fuzz/values.ts";
import { PATTERN_TEXT_CHARACTERS, PATTERNS } from "./patterns.ts";
import { PROMISES } from "./promises.ts";
import { RUNAWAY_CALLS, RUNAWAY_PATHS } from "./runaway-paths.ts";
import { LOOPS } from "./loops.ts";
import { LARGE, RUNAWAYS } from "./runaways.ts";

export interface Poison {
  readonly kind:
    | "JSONata"
    | "functions"
    | "promises"
    | "merely large"
    | "patterns"
    | "paths"
    | "intrinsic functions"
    | "keys";
  readonly what: string;
  /** A state by itself. */
  readonly definition: object;
  readonly input: string;
  /** The name of its error, or its output; absent: either is right. */
  readonly error?: string;
  readonly output?: string;
}

const jsonata = (Output: unknown): object => ({ Type: "Pass", QueryLanguage: "JSONata", Output, End: true });
const jsonPath = (fields: object): object => ({ Type: "Pass", ...fields, End: true });
const value = [1, { y: null }];

function ofKey(key: string): readonly Poison[] {
  const one = objectOf([[key, value]]);
  const text = JSON.stringify(one);
  const path = `$['${key.replaceAll("'", String.raw`\'`)}']`;
  const fields: readonly (readonly [what: string, definition: object, input: Json, output: string])[] = [
    ["nothing at all", jsonPath({}), one, text],
    ["Parameters", jsonPath({ Parameters: objectOf([[`${key}.$`, "$.a"]]) }), { a: value }, text],
    ["InputPath", jsonPath({ InputPath: path }), one, JSON.stringify(value)],
    ["ResultPath", jsonPath({ Result: value, ResultPath: path }), {}, text],
    [
      "JsonMerge",
      jsonPath({ Parameters: { "m.$": "States.JsonMerge($.a, $.b, false)" } }),
      { a: {}, b: one },
      `{"m":${text}}`,
    ],
    ["JSONata", jsonata("{% $states.input %}"), one, text],
  ];
  return fields.map(([what, definition, input, output]) => ({
    kind: "keys",
    what: `${JSON.stringify(key)} through ${what}`,
    definition,
    input: JSON.stringify(input),
    output,
  }));
}

/** What an operation takes as an input. */
const MAX_INPUT_CHARACTERS = 262_144;

export const CORPUS: readonly Poison[] = [
  ...RUNAWAYS.map(([what, source, input = {}]): Poison => {
    const definition = jsonata(`{% ${source} %}`);
    return { kind: "JSONata", what, definition, input: JSON.stringify(input), error: "States.QueryEvaluationError" };
  }),
  ...LOOPS.map(([what, source, input]): Poison => {
    const definition = jsonata(`{% ${source} %}`);
    return { kind: "functions", what, definition, input: JSON.stringify(input), error: "States.QueryEvaluationError" };
  }),
  ...PROMISES.map(([what, source]): Poison => {
    const definition = jsonata(`{% ${source} %}`);
    return { kind: "promises", what, definition, input: "{}", output: "{}" };
  }),
  ...LARGE.map(([what, source, input, output]): Poison => {
    const definition = jsonata(`{% ${source} %}`);
    return { kind: "merely large", what, definition, input: JSON.stringify(input), output: JSON.stringify(output) };
  }),
  ...PATTERNS.map(([pattern, repeated, end]): Poison => {
    const text = repeated.repeat(PATTERN_TEXT_CHARACTERS / repeated.length) + end;
    const definition = jsonata(`{% $contains($states.input, /${pattern.replaceAll("/", String.raw`\/`)}/) %}`);
    return { kind: "patterns", what: pattern, definition, input: JSON.stringify(text) };
  }),
  ...RUNAWAY_PATHS.map(([what, path, input]): Poison => {
    const definition = jsonPath({ Parameters: { "a.$": path } });
    return { kind: "paths", what, definition, input: JSON.stringify(input), error: "States.Runtime" };
  }),
  ...RUNAWAY_CALLS.map(([what, call, input = {}]): Poison => {
    const definition = jsonPath({ Parameters: { "a.$": call } });
    return { kind: "intrinsic functions", what, definition, input: JSON.stringify(input), error: "States.Runtime" };
  }),
  ...EVIL_KEYS.flatMap(ofKey),
].filter(({ input }) => input.length <= MAX_INPUT_CHARACTERS);
