/**
 * Which fields the parser knows in which object and query language: asked of the parser itself, with every name that
 * its source spells, so that a field without an entry is found.
 */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CHOICE_OPERATORS } from "../../src/asl/parse-choice-rule.ts";
import { parseDefinition } from "../../src/asl/parse.ts";
import type { QueryLanguage } from "../../src/asl/types.ts";
import type { Chapter } from "./claim.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Place {
  /** As diagnostics name it. */
  readonly location: string;
  /** A definition that holds an object of that kind there, with these fields added. */
  readonly definition: (more: Fields, language: QueryLanguage) => Fields;
}

const END = { Type: "Pass", End: true };
const MACHINE = { StartAt: "I", States: { I: END } };
const TASK = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", End: true };
const MAP = { Type: "Map", ItemProcessor: MACHINE, End: true };
const S3 = "arn:aws:states:::s3:getObject";

const stateOf = (make: (more: Fields, language: QueryLanguage) => Fields, below = ""): Place => ({
  location: `/States/A${below}`,
  definition: (more, QueryLanguage) => ({
    StartAt: "A",
    QueryLanguage,
    States: { A: make(more, QueryLanguage), B: END },
  }),
});
const rule = (language: QueryLanguage): Fields => ({
  Next: "B",
  ...(language === "JSONata" ? { Condition: true } : { Variable: "$.x", IsNull: true }),
});
const inReader = (ReaderConfig: Fields): Fields => ({ ...MAP, ItemReader: { Resource: S3, ReaderConfig } });

/** By the prefix of the entries' ids. */
const PLACES: Readonly<Record<string, Place>> = {
  "machine.": { location: "/", definition: (more, QueryLanguage) => ({ ...MACHINE, QueryLanguage, ...more }) },
  "Pass.": stateOf((more) => ({ ...END, ...more })),
  "Task.": stateOf((more) => ({ ...TASK, ...more })),
  "Choice.": stateOf((more, language) => ({ Type: "Choice", Choices: [rule(language)], ...more })),
  "Choices.": stateOf(
    (more, language) => ({ Type: "Choice", Choices: [{ ...rule(language), ...more }] }),
    "/Choices[0]",
  ),
  "Wait.": stateOf((more) => ({ Type: "Wait", Seconds: 1, End: true, ...more })),
  "Succeed.": stateOf((more) => ({ Type: "Succeed", ...more })),
  "Fail.": stateOf((more) => ({ Type: "Fail", ...more })),
  "Parallel.": stateOf((more) => ({ Type: "Parallel", Branches: [MACHINE], End: true, ...more })),
  "Branches.": stateOf(
    (more) => ({ Type: "Parallel", Branches: [{ ...MACHINE, ...more }], End: true }),
    "/Branches[0]",
  ),
  "Map.": stateOf((more) => ({ ...MAP, ...more })),
  "ItemProcessor.": stateOf((more) => ({ ...MAP, ItemProcessor: { ...MACHINE, ...more } }), "/ItemProcessor"),
  "ProcessorConfig.": stateOf(
    (more) => ({ ...MAP, ItemProcessor: { ...MACHINE, ProcessorConfig: { Mode: "DISTRIBUTED", ...more } } }),
    "/ItemProcessor/ProcessorConfig",
  ),
  "ItemReader.": stateOf((more) => ({ ...MAP, ItemReader: { Resource: S3, ...more } }), "/ItemReader"),
  "ReaderConfig.": stateOf((more) => inReader({ InputType: "CSV", ...more }), "/ItemReader/ReaderConfig"),
  "ItemBatcher.": stateOf((more) => ({ ...MAP, ItemBatcher: more }), "/ItemBatcher"),
  "ResultWriter.": stateOf((more) => ({ ...MAP, ResultWriter: more }), "/ResultWriter"),
  "WriterConfig.": stateOf((more) => ({ ...MAP, ResultWriter: { WriterConfig: more } }), "/ResultWriter/WriterConfig"),
  "Retry.": stateOf((more) => ({ ...TASK, Retry: [{ ErrorEquals: ["E"], ...more }] }), "/Retry[0]"),
  "Catch.": stateOf((more) => ({ ...TASK, Catch: [{ ErrorEquals: ["E"], Next: "B", ...more }] }), "/Catch[0]"),
};

const LANGUAGES: readonly QueryLanguage[] = ["JSONPath", "JSONata"];

/** The prefixes of objects whose fields the parser is asked for. */
export const OBJECTS: readonly string[] = Object.keys(PLACES);

/** The languages in which the object may have the field. */
export function languagesOf(prefix: string, field: string): readonly QueryLanguage[] {
  const place = PLACES[prefix];
  if (place === undefined) throw new Error(`no object is known as '${prefix}'`);
  return LANGUAGES.filter((language) => {
    const { diagnostics } = parseDefinition(JSON.stringify(place.definition({ [field]: 1 }, language)));
    return !diagnostics.some(
      ({ location, message }) =>
        location === place.location &&
        (message === `Field '${field}' is not supported` ||
          (message.startsWith("The QueryLanguage is set to") && message.includes(`field '${field}'`))),
    );
  });
}

/** Every name that the parser's source spells as a text, and the paths beside numbers. */
function spelledNames(): ReadonlySet<string> {
  const folder = resolve(import.meta.dirname, "../../src/asl");
  const sources = readdirSync(folder).filter((name) => /^(?:parse|field-reader).*\.ts$/u.test(name));
  const texts = sources.map((name) => readFileSync(`${folder}/${name}`, "utf8"));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/"(?<name>[A-Z][A-Za-z]+)"/gu)].map((x) => x.groups?.["name"] ?? ""),
  );
  return new Set(names.flatMap((name) => [name, `${name}Path`]));
}

/** Fields that the parser knows and the catalogue does not, and the other way about. */
export function fieldFaults(chapters: readonly Chapter[]): readonly string[] {
  const tables = chapters.flatMap((x) => x.tables);
  const operators = new Set<string>(CHOICE_OPERATORS);
  const candidates = [...spelledNames()].filter((name) => !operators.has(name));
  return OBJECTS.flatMap((prefix) => {
    const claimed = new Set(tables.filter((x) => x.prefix === prefix).flatMap((x) => Object.keys(x.claims)));
    const unclaimed = candidates.flatMap((field) =>
      languagesOf(prefix, field)
        .filter((language) => !claimed.has(field) && !claimed.has(`${field} (${language})`))
        .map((language) => `${prefix}${field}: the parser knows it in ${language}, the catalogue does not`),
    );
    const unknown = [...claimed].filter((name) => {
      const [field = "", language] = name.split(/ \(|\)/u);
      const found = languagesOf(prefix, field);
      return language === undefined ? found.length === 0 : !found.some((x) => x === language);
    });
    return [...unclaimed, ...unknown.map((name) => `${prefix}${name}: the parser does not know it`)];
  });
}
