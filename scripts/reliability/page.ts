/** RELIABILITY.md: what was proved, by which command, with which figures. */
import type { ReliabilityRecord } from "./record.ts";

/** What a program shows, in a sentence; one that is not here stands under its own name. */
const SHOWN: Readonly<Record<string, string>> = {
  fuzz: "Made-up definitions, expressions, data sets and requests: the validator never throws, what it accepts never ends in a defect of the engine, an expression fails by its own error, an item is JSON, an answer is what was asked for or a typed refusal that changed nothing; and sequences of operations answer what a model of AWS's documented behavior foretells.",
  poison:
    "Hostile states in the real runtime, one after the other: how each ended, and what it took of processor and memory.",
  chaos:
    "Executions of eleven kinds run while the whole runtime is killed with SIGKILL again and again; starts and callbacks come twice, alarms early, queue messages twice, late, and those of Map Runs not at all. Afterwards every acknowledged start and callback, every history and the index are compared.",
  "chaos-mutants": "Bugs that are put into the sources, one at a time: whether the chaos run finds them.",
  "chaos-upgrade":
    "The same under load while an earlier version of the Worker and this one take turns on the same state: upgrade and rollback.",
  "crash-points":
    "Reference workflows on a platform in memory that runs the whole Worker: an object, or everything, loses its memory at each point at which it touches the outside, at one and at two of them. What comes of it is compared with the undisturbed life, event by event.",
  herd: "Thousands of executions whose timers come due while the runtime is down; then it starts.",
  sigv4:
    "Requests that three signers signed, each with a byte changed, or something added that must be signed: whether one is accepted.",
  soak: "Steady load for a long time: whether memory, open files or the size of what is stored grow.",
};

/** What the names of some figures mean, where they say it in one word. */
const MEANINGS: Readonly<Record<string, string>> = {
  lost: "acknowledged, and not there or not run",
  stuck: "still running when nothing is left to happen",
  duplicated: "transitions, ends, children or answers that are there twice",
  gaps: "histories whose event ids do not follow, or that lack a transition",
  absent: "acknowledged callbacks that the execution does not know",
  times: "histories whose times go back",
  keys: "calls of one attempt with different idempotency keys",
  index: "entries of the index that differ from the execution",
  untyped: "answers of status 500",
  wrong: "outcomes that the workflow does not have",
};

export function reliabilityPage(records: readonly ReliabilityRecord[]): string {
  return [
    "# Reliability",
    "",
    "What was tried to break Stepflare, and what came of it. The page is made by `npm run reliability` from the records in",
    "[docs/reliability](docs/reliability), which the programs named here write when they pass; nothing on it is typed by hand.",
    "[README.md](README.md#what-is-promised) says what is promised.",
    "",
    "All of it ran on one machine, in workerd, with state on disk. What no such run can show: a machine of Cloudflare's that is",
    "lost, the limits of a production isolate, alarms and queues as late as theirs may be.",
    ...records.flatMap(section),
    "",
  ].join("\n");
}

function section({ program, command, commit, date, machine, seconds, figures }: ReliabilityRecord): readonly string[] {
  const rows = Object.entries(figures).map(([name, value]) => `| ${nameOf(name)} | ${shown(value)} |`);
  return [
    "",
    `## ${program}`,
    "",
    ...(SHOWN[program] === undefined ? [] : [SHOWN[program], ""]),
    `\`${command}\` at commit \`${commit}\` on ${date.slice(0, 10)}, ${shown(seconds)} s on ${machine}.`,
    "",
    "| | |",
    "| --- | --- |",
    ...rows,
  ];
}

function nameOf(name: string): string {
  const meaning = MEANINGS[name];
  return meaning === undefined ? name : `${name}: ${meaning}`;
}

function shown(value: number | string): string {
  return typeof value === "number" ? value.toLocaleString("en-US") : value;
}

/** Numbers in the README's section on reliability, if it has one, that the page does not hold. */
export function unknownFigures(readme: string, page: string): readonly string[] {
  const [, text = ""] = /^## [^\n]*reliab[^\n]*\n(.*?)(?=^## |(?![^]))/imsu.exec(readme) ?? [];
  const held = new Set(numbersIn(page));
  return numbersIn(text).filter((number) => !held.has(number));
}

function numbersIn(text: string): readonly string[] {
  return text.match(/\d[\d,]*(?:\.\d+)?/gu) ?? [];
}
