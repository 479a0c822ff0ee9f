/**
 * 20,000 made-up worlds, in which platforms fail as they do: `npm run simulate -- --smoke`. Each test names a fault that
 * was there, as often as the run itself counted it, and no rule was broken in any world.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { mutated } from "./loading.ts";
import { MUTANTS } from "./mutants.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/simulate.ts", import.meta.url));
const TIMEOUT_MS = 1_200_000;

let output = "";
let exitCode: number | null = null;

beforeAll(async () => {
  const run = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", SCRIPT, "--smoke"]);
  run.stdout.on("data", (text: Buffer) => (output += text.toString()));
  run.stderr.on("data", (text: Buffer) => (output += text.toString()));
  exitCode = await new Promise((resolve) => run.on("close", resolve));
}, TIMEOUT_MS);

const countOf = (what: string): number =>
  Number(new RegExp(`^ *(\\d+) {2}${what}$`, "mu").exec(output)?.[1] ?? Number.NaN);

test("all rules hold in all worlds, and everything that must occur did", () => {
  const complaints = output.split("\n").filter((line) => !/^ *\d+ {2}\w/u.test(line));
  expect({ exitCode, complaints }).toMatchObject({ exitCode: 0 });
  expect(output).toContain(" 0 failures");
});

test.each([
  ["[F01] a crash before the start is committed", "fault: start before commit lost"],
  ["[F02] a start that is committed and not answered, and said again", "fault: start doubled"],
  ["[F02] a start with another input", "fault: start with other input"],
  ["[F03] a crash right after the start's commit", "fault: start after commit unanswered"],
  ["[F04] a crash before TaskScheduled is committed", "fault: task scheduled and lost"],
  ["[F05] a TaskScheduled that is committed, and a call that never left", "fault: task scheduled and not called"],
  ["[F06] a call that is made again with the same key after a crash", "fault: task called again"],
  ["[F07] a result that is lost before its commit", "fault: result lost"],
  ["[F08] a result that is committed by an object that dies of it", "fault: result kept and not gone on"],
  ["[F09] a second answer after the first was committed", "fault: answer after close"],
  ["[F10] an alarm that fires early", "fault: alarm early"],
  ["[F10] an alarm that fires twice", "fault: alarm doubled"],
  ["[F11] an alarm that is minutes late", "fault: alarm late"],
  ["[F12] an alarm's handler that dies, among refusals of the storage", "fault: storage refusal"],
  ["[F13] an object that dies at any moment", "fault: object killed"],
  ["[F14] an instance that is stale and does not know", "fault: stale instance refused"],
  ["[F19] a success and a failure that race", "fault: callback races"],
  ["[F21] a callback with the token of an earlier epoch", "fault: callback of an earlier epoch"],
  ["[F25] heartbeats around their deadline", "fault: heartbeat"],
  ["[F26] a stop while a task is in flight", "fault: stop with task in flight"],
  ["[F27] a redrive said twice", "fault: redrive doubled"],
  ["[F28] a message that comes twice", "fault: message doubled"],
  ["[F29] a message that is lost", "fault: message lost"],
  ["[F30] a message that is held back behind later ones", "fault: message held back"],
  ["[F31] a child's notice to its parent that is lost", "fault: request lost"],
  ["[F32] a Map Run whose execution is stopped", "used: map run stopped"],
  ["[F33] an index that fails, lags and is written out of order", "fault: query failed"],
  ["[F34] a clock that jumps forwards", "fault: clock forwards"],
  ["[F34] a clock that jumps backwards", "fault: clock backwards"],
  ["[F46] a history that is full", "fault: history full"],
])("%s changes nothing", (_, what) => {
  expect(countOf(what)).toBeGreaterThan(0);
});

test("there are at least 25 seeded bugs, and each text that one replaces stands in the sources once", () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
  for (const mutant of MUTANTS) expect(mutated(mutant)).not.toBe("");
});
