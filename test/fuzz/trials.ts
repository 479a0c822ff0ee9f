/**
 * Trials of the language: one trial makes something up from dice, tries it, and throws where a promise is broken. What it
 * answers says what kind of trial it was, so that one can see that the interesting kinds occur.
 */
import { parseIntrinsic } from "../../src/asl/intrinsic.ts";
import { formatTimestamp, parseTimestamp } from "../../src/asl/instant.ts";
import { parseJsonPath, parseReferencePath } from "../../src/asl/json-path.ts";
import { jsonFault, jsonSyntaxFault } from "../../src/asl/json-syntax.ts";
import type { Json } from "../../src/asl/json.ts";
import { parseExpression } from "../../src/asl/jsonata-expression.ts";
import { parseDefinition } from "../../src/asl/parse.ts";
import { validateDefinition, type ValidatedDefinition } from "../../src/asl/validate.ts";
import { MAX_STEPS } from "../../src/data/effort.ts";
import { evaluateIntrinsic } from "../../src/data/intrinsics.ts";
import { evaluatePath, explainMissing } from "../../src/data/json-path.ts";
import { evaluateExpression } from "../../src/data/jsonata.ts";
import { writeAt } from "../../src/data/reference-path.ts";
import type { Scope } from "../../src/data/scope.ts";
import { ended, type Ended } from "../hostile/words.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { makeDefinition } from "./definitions.ts";
import { atOnce } from "../../src/runtime/at-once.ts";
import { inputOf, intrinsic, jsonata, jsonPath, referencePath, timestamp } from "./expressions.ts";
import { liveThrough } from "./machine-world.ts";
import { mutateText, mutateTree, wildText, wildValue } from "./values.ts";

export type Trial = (dice: Dice) => Promise<string>;

/** Says what was tried when it failed. */
async function about<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${(error as Error).message}\nof: ${what}`, { cause: error });
  }
}

function claim(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Nothing that a trial did may be seen in any other object. */
const PRISTINE = fingerprint();

function fingerprint(): string {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype]
    .map((x) => Reflect.ownKeys(x).map(String).join())
    .join("\n");
}

function claimPristine(): void {
  claim(fingerprint() === PRISTINE, "a prototype was changed");
}

/** What the validator promises, and what the engine makes of what it accepts. */
const definitionTrial: Trial = async (dice) => {
  const made = makeDefinition(dice);
  const kind = dice.of(["whole", "whole", "whole", "tree", "tree", "text"]);
  const text =
    kind === "whole"
      ? JSON.stringify(made)
      : kind === "tree"
        ? JSON.stringify(mutateTree(dice, made, dice.between(1, 3)))
        : mutateText(dice, JSON.stringify(made), dice.between(1, 4));
  const type = dice.of(["STANDARD", "STANDARD", "EXPRESS"] as const);
  return about(text, async () => {
    const verdict = validateDefinition(text, type);
    claimSound(verdict);
    const { machine } = verdict;
    if (machine === undefined) return `${kind}, refused`;
    claim(parseDefinition(text).machine !== undefined, "the runtime does not read what may be created");
    const status = await liveThrough(dice, machine, JSON.stringify(inputOf(dice)));
    claimPristine();
    return `${kind}, ${status}`;
  });
};

function claimSound({ machine, diagnostics }: ValidatedDefinition): void {
  const errors = diagnostics.filter((x) => x.severity === "ERROR");
  claim((machine === undefined) === errors.length > 0, "a machine has errors, or a refusal none");
  for (const { message, code, location } of diagnostics) {
    claim(message.length > 0 && code.length > 0 && location !== "", "a diagnostic says nothing");
  }
}

const pathTrial: Trial = async (dice) => {
  const text = dice.chance(0.1) ? wildText(dice) : jsonPath(dice);
  const input = inputOf(dice);
  return about(text, async () => {
    const path = parseJsonPath(text);
    if (path === undefined) return "refused";
    const end = await ended((scope) => evaluatePath(path, scope), input, { v: wildValue(dice) });
    await ended((scope) => explainMissing(path, scope), input);
    return kindOf(end);
  });
};

const referencePathTrial: Trial = async (dice) => {
  const text = referencePath(dice);
  const input = inputOf(dice);
  const value = wildValue(dice);
  return about(`${text} in ${JSON.stringify(input)}`, async () => {
    const path = parseReferencePath(text);
    if (path === undefined) return "refused";
    const end = await ended(() => writeAt(input, path, value));
    if (end.error !== undefined) return kindOf(end);
    const read = await ended((scope) => evaluatePath(path, scope), end.value);
    claim(JSON.stringify(read.value) === JSON.stringify(value), "what was written is not read");
    claimPristine();
    return kindOf(end);
  });
};

const intrinsicTrial: Trial = async (dice) => {
  const text = dice.chance(0.05) ? wildText(dice) : intrinsic(dice);
  return about(text, async () => {
    const call = parseIntrinsic(text);
    if (call === undefined) return "refused";
    return kindOf(await ended((scope) => evaluateIntrinsic(call, scope, scope.entropy), inputOf(dice), { v: [1] }));
  });
};

const jsonataTrial: Trial = async (dice) => {
  const text = `{% ${dice.chance(0.05) ? wildText(dice) : jsonata(dice)} %}`;
  return about(text, async () => {
    const expression = parseExpression(text);
    if (typeof expression === "string") {
      claim(expression.length > 0, "a refusal without a reason");
      return "refused";
    }
    const work = (scope: Scope): Promise<Json> => evaluateExpression(expression, "Output", scope);
    // What waits for something will never end.
    const end = await atOnce(ended(work, inputOf(dice), { v: wildValue(dice) }));
    claim(end.error === undefined || end.error === "States.QueryEvaluationError", `it failed by ${end.error ?? ""}`);
    claimPristine();
    return kindOf(end);
  });
};

/** What was evaluated is JSON, in no more steps than allowed. */
function kindOf({ value, error, steps }: Ended): string {
  claim(steps <= MAX_STEPS, "it took too many steps");
  if (error !== undefined) return "failed";
  claim(value === undefined || typeof JSON.stringify(value) === "string", "the value is no JSON");
  return value === undefined ? "nothing" : "evaluated";
}

const timestampTrial: Trial = async (dice) => {
  const text = dice.chance(0.1) ? wildText(dice) : timestamp(dice);
  return about(text, () => {
    const at = parseTimestamp(text);
    if (at === undefined) return "refused";
    const year = Number(formatTimestamp(at).slice(0, 4));
    // An offset may lead out of the years that can be written.
    if (!(year >= 0 && year <= 9999)) return "outside";
    const written = formatTimestamp(at);
    claim(!/^\d{4}-/u.test(written) || parseTimestamp(written) === at, `written as ${written} it is another moment`);
    return "read";
  });
};

/** Whoever says where a text stops being JSON agrees with the platform about whether it does. */
const jsonTrial: Trial = async (dice) => {
  const sound = JSON.stringify(wildValue(dice));
  const text = dice.chance(0.2) ? sound : mutateText(dice, sound, dice.between(1, 3));
  return about(text, () => {
    const fault = jsonFault(text);
    const syntax = jsonSyntaxFault(text);
    if (fault === undefined) {
      JSON.parse(text);
      return "sound";
    }
    claim(fault.message.length > 0 && fault.line >= 1 && fault.column >= 1, "a fault without a place");
    claim(syntax !== undefined, "a definition that is no JSON passes");
    return "faulty";
  });
};

export const LANGUAGE_TRIALS: Readonly<Record<string, Trial>> = {
  definitions: definitionTrial,
  paths: pathTrial,
  "reference paths": referencePathTrial,
  "intrinsic functions": intrinsicTrial,
  JSONata: jsonataTrial,
  timestamps: timestampTrial,
  "texts of JSON": jsonTrial,
};
