/**
 * Every workflow, killed at every seam: between any two things that it does to the outside or hears from there, before and
 * after each commit, and at the beginning and the end of each call and each alarm.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { Dice } from "../engine/simulated-machine.ts";
import type { Loss } from "./platform.ts";
import { WORKFLOWS, World, type HistoryEvent, type Workflow } from "./workflows.ts";

const LOSSES: readonly Loss[] = ["object", "runtime", "runtime and queues"];
/** Pairs of losses of each workflow. */
const PAIRS = 20;
const cases = { single: 0, double: 0 };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

interface Life {
  readonly seams: readonly string[];
  readonly deaths: number;
  readonly end: unknown;
  readonly story: readonly string[];
  readonly mostCalls: number;
}

async function lived(workflow: Workflow, deaths: readonly number[], loss: Loss): Promise<Life> {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const world = new World(workflow, { deaths: new Set(deaths), loss });
  try {
    await world.live();
    const { deaths: died } = world.platform;
    const seams = [...world.platform.seams];
    const events = await world.history();
    expectSound(events);
    const { status, output, error, cause } = await world.platform.until(world.describe());
    expect(world.indexed).toEqual({ status, version: workflow.version ?? 2 });
    const end = { status, output, error, cause };
    return { seams, deaths: died, end, story: events.map(told), mostCalls: Math.max(0, ...world.calls.values()) };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  }
}

/** Without moments, and what is drawn anew each time. */
function told(all: HistoryEvent): string {
  const { timestamp: _, ...event } = all;
  return (
    JSON.stringify(event)
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gu, "uuid")
      .replaceAll(/(?<=token\W+)[\w.~+/=-]{20,}/gu, "token")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/gu, "moment")
      .replaceAll(/(?<=Date\W+)[\d.]+/giu, "moment")
      // Of a call: with the numbers of its request, and its date.
      .replaceAll(/\\"SdkHttpMetadata.*?\\"SdkResponseMetadata[^}]*\}/gu, "")
  );
}

/** Ids without a gap, times that never go back, one beginning, nothing behind the end. */
function expectSound(events: readonly HistoryEvent[]): void {
  events.forEach(({ id, type, timestamp }, i) => {
    expect(id).toBe(i + 1);
    expect(timestamp).toBeGreaterThanOrEqual(events[i - 1]?.timestamp ?? 0);
    expect(type === "ExecutionStarted").toBe(i === 0);
    const next = events[i + 1]?.type;
    expect(/^Execution(?!Started|Redriven)/u.test(type)).toBe(next === undefined || next === "ExecutionRedriven");
  });
}

/** Of what goes on at the same time, the order and with it the ids may differ. */
function storyOf({ isConcurrent }: Workflow, story: readonly string[]): readonly string[] {
  if (isConcurrent !== true) return story;
  return story.map((x) => x.replaceAll(/"(?:id|previousEventId)":\d+,?/gu, "")).sort();
}

function expectTheSame(workflow: Workflow, undisturbed: Life, life: Life, deaths: readonly number[], loss: Loss): void {
  const where = deaths.map((k) => `${k} (${life.seams[k - 1] ?? "never reached"})`).join(", ");
  const what = `${loss} lost at seam ${where}`;
  expect(life.end, what).toEqual(undisturbed.end);
  expect(storyOf(workflow, life.story), what).toEqual(storyOf(workflow, undisturbed.story));
  expect(life.mostCalls, what).toBeLessThanOrEqual(1 + life.deaths);
}

describe.each(WORKFLOWS)("$name", (workflow) => {
  const losses = LOSSES.filter((loss) => loss !== "runtime and queues" || workflow.needsQueues !== true);

  test.each(losses)(
    "[F01][F03][F04][F05][F06][F07][F08][F13] the %s is lost at each seam: it ends the same",
    async (loss) => {
      const undisturbed = await lived(workflow, [], loss);
      for (let k = 1; k <= undisturbed.seams.length; k++) {
        const life = await lived(workflow, [k], loss);
        expect(life.deaths).toBe(1);
        expectTheSame(workflow, undisturbed, life, [k], loss);
        cases.single += 1;
      }
    },
  );

  test("[F13] two losses at seams of chance: it ends the same", async () => {
    const dice = new Dice(WORKFLOWS.indexOf(workflow) + 1);
    const undisturbed = await lived(workflow, [], "object");
    for (let i = 0; i < PAIRS; i++) {
      const deaths = [dice.between(1, undisturbed.seams.length), dice.between(1, undisturbed.seams.length)];
      const loss = dice.of(losses);
      expectTheSame(workflow, undisturbed, await lived(workflow, deaths, loss), deaths, loss);
      cases.double += 1;
    }
  });
});

test("that were more than a thousand cases", () => {
  expect(cases.single).toBeGreaterThan(1_000);
  expect(cases.double).toBe(PAIRS * WORKFLOWS.length);
});
