/** What an execution asks of its Map Runs, while their answers are on their way. */
import { expect, test } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { newExecution } from "../../src/engine/advance.ts";
import type { StartMapRun } from "../../src/engine/command.ts";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import type { Answer } from "../../src/runtime/execution-rpc.ts";
import { MapRunDemands } from "../../src/runtime/map/map-run-demands.ts";
import { factsOf, machineOf, START, states } from "../engine/words.ts";
import { requestOf } from "../express/words.ts";

const mapRunArn = "arn:aws:states:us-east-1:123456789012:mapRun:m/L:1";
const PASS = states({ A: { Type: "Pass", End: true } });
const loaded = {
  request: requestOf(PASS),
  machine: machineOf(PASS),
  execution: newExecution(factsOf("{}")),
};

function startOf(redriveCount: number): StartMapRun {
  const order = {
    input: Payload.of({}),
    maxConcurrency: 0,
    toleratedFailureCount: 0,
    toleratedFailurePercentage: 0,
    variables: {},
  };
  const place = { stateName: "M", enteredEventId: 2, enteredAt: START, retryCount: 0 };
  return { type: "StartMapRun", mapRunArn, redriveCount, order, ...place };
}

test("[F27] a redrive is asked for although the start is still under way; each is heard of by its count", async () => {
  const answers: ((answer: Answer<null>) => void)[] = [];
  const received: ExecutionEvent[] = [];
  const plans: (number | undefined)[] = [];
  const ask = (): Promise<Answer<null>> => new Promise((resolve) => answers.push(resolve));
  const work: Promise<unknown>[] = [];
  const demands = new MapRunDemands(
    {
      mapRun: () => ({
        start: (plan) => {
          plans.push(plan.redriveCount);
          return ask();
        },
        redrive: ask,
        stop: ask,
      }),
      keepAlive: (open) => work.push(open),
      sleep: async () => undefined,
      logDefect: () => undefined,
    },
    async (event) => void received.push(event),
  );
  demands.ask(startOf(0), loaded);
  demands.ask(startOf(0), loaded);
  demands.ask(startOf(1), loaded);
  expect(plans).toEqual([undefined, 1]);
  for (const answer of answers) answer({ ok: true, value: null });
  await Promise.all(work);
  expect(received).toEqual([
    { type: "MapRunAccepted", mapRunArn, redriveCount: 0 },
    { type: "MapRunAccepted", mapRunArn, redriveCount: 1 },
  ]);
  expect(demands.isOpen).toBe(false);
});
