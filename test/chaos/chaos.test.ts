/** The chaos run in its smallest form, and what it is made of; `npm run chaos` is the long one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../e2e/server.ts";
import { bundle } from "./harness/bundle.ts";
import { Findings } from "./harness/findings.ts";
import { runHerd } from "./harness/herd.ts";
import { runChaos } from "./harness/run.ts";
import { checkHistory } from "./harness/verify.ts";

const folder = mkdtempSync(join(tmpdir(), "stepflare-chaos-"));
beforeAll(() => {
  bundle(join(folder, "bundle"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(
  "[F03] [F07] [F18] [F28] [F29] [F30] [F33] nothing is lost, doubled or out of step with the index, killed again and again under load",
  { timeout: 600_000 },
  async () => {
    const { findings, figures } = await runChaos({
      executions: 200,
      kills: 3,
      seed: 7,
      port: await freePort(),
      bundle: join(folder, "bundle"),
      persistTo: join(folder, "state"),
      users: 96,
      patienceSeconds: 200,
      giveUpAfter: 10,
      quietSeconds: 120,
      requireReach: false,
      log: () => undefined,
    });
    expect(findings.examples).toEqual([]);
    expect(figures["kills"]).toBe(3);
    expect(Number(figures["executions"])).toBeGreaterThanOrEqual(200);
  },
);

test(
  "[F50] timers of hundreds of executions that came due while nothing ran all fire, and none is lost",
  { timeout: 600_000 },
  async () => {
    const { findings, executions } = await runHerd({
      executions: 400,
      port: await freePort(),
      bundle: join(folder, "bundle"),
      persistTo: join(folder, "herd"),
      log: () => undefined,
    });
    expect(findings.examples).toEqual([]);
    expect(executions).toBe(400);
  },
);

describe("a history is found to be wrong", () => {
  const types = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"];
  const named = (type: string): object => {
    if (type.endsWith("Entered")) return { stateEnteredEventDetails: { name: "A" } };
    return type.endsWith("Exited") ? { stateExitedEventDetails: { name: "A" } } : {};
  };
  const history = (list: readonly string[]): Parameters<typeof checkHistory>[2] =>
    list.map((type, i) => ({ id: i + 1, type, timestamp: i, ...named(type) }));
  const kinds = (events: Parameters<typeof checkHistory>[2]): readonly string[] => {
    const findings = new Findings();
    checkHistory("it", { entered: { A: 1 } }, events, findings);
    return Object.entries(findings.counts).flatMap(([kind, count]) => (count > 0 ? [kind] : []));
  };

  test("unless it is as it should be", () => {
    expect(kinds(history(types))).toEqual([]);
  });

  test("where an id is missing", () => {
    expect(kinds(history(types).map((event) => (event.id > 2 ? { ...event, id: event.id + 1 } : event)))).toEqual([
      "gaps",
    ]);
  });

  test("where a time goes back", () => {
    expect(kinds(history(types).map((event) => (event.id === 3 ? { ...event, timestamp: 0 } : event)))).toEqual([
      "times",
    ]);
  });

  test("where a state is entered twice, or the execution ends twice", () => {
    const [start = "", entered = "", exited = "", end = ""] = types;
    expect(kinds(history([start, entered, exited, entered, exited, end]))).toEqual(["duplicated"]);
    expect(kinds(history([...types, end]))).toEqual(["duplicated"]);
  });

  test("where a state was not entered, or a task has no end", () => {
    expect(kinds(history([types[0] ?? "", types[3] ?? ""]))).toEqual(["gaps"]);
    expect(kinds(history(types.toSpliced(2, 0, "TaskScheduled")))).toEqual(["gaps"]);
  });
});
