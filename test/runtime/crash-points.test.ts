/**
 * Commits of executions in the real runtime: the object is aborted before and after each of them. `test/platform` does the
 * same at every seam, on a platform in memory.
 */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ExecutionStore } from "../../src/runtime/execution-store.ts";
import { again, executionOf, functionAnswering, historyOf, prepareCatalogue, untilEnded } from "./words.ts";

const task = (name: string, fields: object = {}): object => ({
  Type: "Task",
  Resource: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
  ...fields,
});
const retry = { Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 1 }] };

const WORKFLOWS: readonly (readonly [string, object])[] = [
  [
    "a chain",
    {
      StartAt: "A",
      States: {
        A: task("seam-work", { Next: "B" }),
        B: task("seam-work", { Next: "C" }),
        C: task("seam-work", { End: true }),
      },
    },
  ],
  [
    "a retry and a Catch",
    {
      StartAt: "A",
      States: {
        A: task("seam-flaky", { ...retry, Next: "B" }),
        B: task("seam-broken", { Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }], End: true }),
        C: { Type: "Succeed" },
      },
    },
  ],
  [
    "an inline Map",
    {
      StartAt: "M",
      States: {
        M: {
          Type: "Map",
          ItemsPath: "$.items",
          MaxConcurrency: 1,
          ItemProcessor: { StartAt: "I", States: { I: task("seam-work", { End: true }) } },
          End: true,
        },
      },
    },
  ],
];

beforeAll(async () => {
  await prepareCatalogue();
  const failure = (errorType: string): Response =>
    Response.json({ errorType, errorMessage: "" }, { headers: { "X-Amz-Function-Error": "Unhandled" } });
  await functionAnswering("seam-work", ({ input }) => Response.json(input));
  await functionAnswering("seam-broken", () => failure("Broken"));
  await functionAnswering("seam-flaky", ({ headers }) =>
    headers.get("stepflare-retry-count") === "0" ? failure("Flaky") : Response.json(1),
  );
});

const { prototype } = ExecutionStore;
const commit = Object.getOwnPropertyDescriptor(prototype, "commit")?.value as (...values: unknown[]) => void;

afterEach(() => {
  prototype.commit = commit;
});

/** Runs it to its end; its object is aborted at the k-th commit. */
async function lived(
  definition: object,
  k: number,
  when: "before" | "after",
): Promise<readonly [string, readonly string[], number]> {
  const execution = executionOf(definition, { items: [1, 2, 3] });
  let commits = 0;
  const state = await runInDurableObject(execution.object, (_, found) => found);
  prototype.commit = function (...values) {
    commits += 1;
    if (commits === k && when === "before") state.abort("lost");
    commit.apply(this, values);
    if (commits === k && when === "after") state.abort("lost");
  };
  await patiently(() => again(execution).start(execution.request));
  const { status } = await patiently(() => untilEnded(execution));
  prototype.commit = commit;
  return [status, await historyOf(execution), commits];
}

/** As a client does that hears of no answer: it asks again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      return await ask();
    } catch (error) {
      if (i === 20) throw error;
      await scheduler.wait(20);
    }
  }
}

describe.each(WORKFLOWS)("[F03][F07][F08][F13] %s", (_, definition) => {
  test.each(["before", "after"] as const)(
    "whose object is lost just %s each commit has the same history",
    async (when) => {
      const [status, story, commits] = await lived(definition, Infinity, when);
      expect(status).toBe("SUCCEEDED");
      expect(commits).toBeGreaterThan(2);
      for (let k = 1; k <= commits; k++)
        expect([k, ...(await lived(definition, k, when))].slice(0, 3)).toEqual([k, status, story]);
    },
    120_000,
  );
});
