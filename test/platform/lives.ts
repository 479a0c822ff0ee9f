/** Lives of workflows: disturbed ones are compared with the undisturbed one. */
import { expect, vi } from "vitest";
import type { Loss } from "./platform.ts";
import { World, type HistoryEvent, type Workflow } from "./workflows.ts";

export interface Life {
  readonly seams: readonly string[];
  readonly deaths: number;
  readonly end: unknown;
  readonly story: readonly string[];
  readonly mostCalls: number;
  /** The keys of all calls, in their order. */
  readonly called: readonly string[];
}

/** Lives through a workflow; something dies at each of those seams. */
export async function lived(workflow: Workflow, deaths: readonly number[], loss: Loss): Promise<Life> {
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
    return {
      seams,
      deaths: died,
      end,
      story: events.map(told),
      mostCalls: Math.max(0, ...world.calls.values()),
      called: world.called,
    };
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
export function expectSound(events: readonly HistoryEvent[]): void {
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

export function expectTheSame(
  workflow: Workflow,
  undisturbed: Life,
  life: Life,
  deaths: readonly number[],
  loss: Loss,
): void {
  const where = deaths.map((k) => `${k} (${life.seams[k - 1] ?? "never reached"})`).join(", ");
  const what = `${loss} lost at seam ${where}`;
  expect(life.end, what).toEqual(undisturbed.end);
  expect(storyOf(workflow, life.story), what).toEqual(storyOf(workflow, undisturbed.story));
  expect(life.mostCalls, what).toBeLessThanOrEqual(1 + life.deaths);
}
