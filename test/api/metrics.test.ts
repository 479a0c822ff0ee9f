/** Executions in numbers: counted with the index, each once, and told in the forms that scrapers read. */
import { beforeEach, describe, expect, test } from "vitest";
import type { ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import { countExpress, readCounts, type ExecutionCounts } from "../../src/runtime/execution-metrics.ts";
import { indexStatuses } from "../../src/runtime/status-queue.ts";
import { metricsText, negotiated, OPEN_METRICS, PROMETHEUS_TEXT } from "../../src/api/rest/open-metrics.ts";
import { ACCOUNT, Fixture } from "./fixture.ts";

const MACHINE = `${ACCOUNT}:stateMachine:M`;

let api: Fixture;

beforeEach(() => {
  api = new Fixture();
});

function entry(name: string, version: number, more: Partial<ExecutionIndexEntry> = {}): ExecutionIndexEntry {
  const { status = version === 1 ? "RUNNING" : "SUCCEEDED" } = more;
  return {
    stateMachineArn: MACHINE,
    executionArn: `${ACCOUNT}:execution:M:${name}`,
    name,
    startedAt: 1_000,
    status,
    ...(status !== "RUNNING" && { stoppedAt: 1_000 }),
    version,
    redriveCount: 0,
    ...more,
  };
}

async function deliver(entries: readonly ExecutionIndexEntry[], counts = true): Promise<void> {
  const messages = entries.map((of) => ({ body: { version: 1, entry: of } }));
  await indexStatuses({ messages } as Parameters<typeof indexStatuses>[0], {
    db: api.context.db,
    countsExecutions: counts,
  });
}

const rows = (): Promise<readonly ExecutionCounts[]> => readCounts(api.context.db);
const counters = async (): Promise<readonly unknown[]> =>
  (await rows()).map((row) => Object.fromEntries(Object.entries(row.counters).filter(([, n]) => n > 0)));

describe("executions are counted", () => {
  test("when they start and when they end, also where one batch tells both", async () => {
    await deliver([entry("a", 1)]);
    await deliver([entry("b", 1), entry("b", 2, { status: "FAILED" }), entry("c", 2, { status: "ABORTED" })]);
    await deliver([entry("a", 2), entry("d", 1), entry("e", 2, { status: "TIMED_OUT" })]);
    expect(await counters()).toEqual([{ started: 5, succeeded: 1, failed: 1, timed_out: 1, aborted: 1 }]);
  });

  test("once, whatever is delivered again, in the same batch or in another, or late", async () => {
    await deliver([entry("a", 1), entry("a", 1), entry("a", 2), entry("a", 2)]);
    await deliver([entry("a", 2), entry("a", 1)]);
    await deliver([entry("a", 1)]);
    expect(await counters()).toEqual([{ started: 1, succeeded: 1 }]);
  });

  test("with their redrives, which are no starts", async () => {
    const failed = { status: "FAILED", stoppedAt: 2_000 } as const;
    const again = { status: "RUNNING", redriveCount: 1, redrivenAt: 9_000 } as const;
    await deliver([entry("a", 1), entry("a", 2, failed)]);
    await deliver([entry("a", 3, again), entry("a", 4, { redriveCount: 1, redrivenAt: 9_000, stoppedAt: 9_400 })]);
    await deliver([entry("b", 2, failed)]);
    await deliver([entry("b", 3, again)]);
    await deliver([entry("b", 3, again)]);
    expect(await counters()).toEqual([{ started: 2, succeeded: 1, failed: 2, redriven: 2 }]);
    expect((await rows())[0]?.timeMs).toBe(1_000 + 400 + 1_000);
  });

  test("by the version and the alias that they were started by", async () => {
    const stateMachineVersionArn = `${MACHINE}:7`;
    await deliver([
      entry("a", 1),
      entry("b", 1, { stateMachineVersionArn }),
      entry("c", 1, { stateMachineVersionArn, stateMachineAliasArn: `${MACHINE}:live` }),
    ]);
    expect((await rows()).map(({ version, alias }) => [version, alias])).toEqual([
      ["", ""],
      ["7", ""],
      ["7", "live"],
    ]);
  });

  test("in the bucket of what they took", async () => {
    const ended = (name: string, took: number): ExecutionIndexEntry => entry(name, 2, { stoppedAt: 1_000 + took });
    await deliver([ended("a", 0), ended("b", 50), ended("c", 51), ended("d", 10_000), ended("e", 86_400_001)]);
    const [row] = await rows();
    expect(row?.buckets).toEqual([2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(row?.timeMs).toBe(86_410_102);
  });

  test("in one row for each state machine of a batch, and in none where nobody asks for it", async () => {
    const entries = Array.from({ length: 100 }, (_, n) => entry(`n${n}`, 2));
    await deliver(entries, false);
    expect(await rows()).toEqual([]);
    const before = api.db.database.prepare("SELECT total_changes() AS n").get()?.["n"];
    await deliver(Array.from({ length: 50 }, (_, n) => entry(`m${n}`, 2)));
    const after = api.db.database.prepare("SELECT total_changes() AS n").get()?.["n"];
    expect(Number(after) - Number(before)).toBe(50 + 1);
  });

  test("by the isolates, where they are Express", async () => {
    const of = { stateMachineArn: MACHINE, stateMachineVersionArn: `${MACHINE}:2` };
    await countExpress(api.context.db, [
      { ...of, status: "RUNNING" },
      { ...of, status: "RUNNING" },
      { ...of, status: "SUCCEEDED", timeMs: 70 },
    ]);
    await countExpress(api.context.db, [{ ...of, status: "TIMED_OUT", timeMs: 300_000 }]);
    expect(await counters()).toEqual([{ started: 2, succeeded: 1, timed_out: 1 }]);
    expect((await rows())[0]).toMatchObject({ version: "2", timeMs: 300_070 });
  });
});

describe("GET /api/metrics", () => {
  test("answers OpenMetrics, every line of it", async () => {
    await deliver([entry("a", 1), entry("b", 2, { stoppedAt: 1_700 })]);
    const response = await api.fetch("/api/metrics");
    expect(response.headers.get("content-type")).toBe(OPEN_METRICS);
    const families = readOpenMetrics(await response.text());
    expect([...families.keys()]).toEqual([
      "stepflare_executions_started",
      "stepflare_executions_succeeded",
      "stepflare_executions_failed",
      "stepflare_executions_timed_out",
      "stepflare_executions_aborted",
      "stepflare_executions_redriven",
      "stepflare_execution_time_seconds",
    ]);
    const started = families.get("stepflare_executions_started");
    expect(started?.samples).toEqual([
      { name: "stepflare_executions_started_total", labels: { state_machine_arn: MACHINE }, value: 2 },
    ]);
    const time = families.get("stepflare_execution_time_seconds");
    const value = (suffix: string, le?: string): number | undefined =>
      time?.samples.find((x) => x.name.endsWith(suffix) && x.labels["le"] === le)?.value;
    expect([value("_bucket", "0.5"), value("_bucket", "1.0"), value("_bucket", "+Inf")]).toEqual([0, 1, 1]);
    expect([value("_count"), value("_sum")]).toEqual([1, 0.7]);
  });

  test("answers Prometheus' own text where that is preferred", async () => {
    await deliver([entry("a", 1)]);
    const response = await api.fetch("/api/metrics", { headers: { accept: "text/plain;version=0.0.4" } });
    expect(response.headers.get("content-type")).toBe(PROMETHEUS_TEXT);
    const text = await response.text();
    expect(text).toContain("# TYPE stepflare_executions_started_total counter\n");
    expect(text).not.toContain("# EOF");
    expect(text).not.toContain("# UNIT");
  });

  test("answers without a state machine, too", async () => {
    expect(readOpenMetrics(await (await api.fetch("/api/metrics")).text()).size).toBe(7);
  });

  test("says what to set where nothing is counted", async () => {
    const closed = new Fixture();
    Object.assign(closed.context, { countsExecutions: false });
    const { status, body } = await closed.request("/api/metrics");
    expect([status, body["detail"]]).toEqual([404, expect.stringContaining('METRICS_ENDPOINT = "true"')]);
  });

  test.each([
    [null, OPEN_METRICS],
    ["*/*", OPEN_METRICS],
    [
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      OPEN_METRICS,
    ],
    ["text/plain", PROMETHEUS_TEXT],
    ["text/html, text/*;q=0.9, */*;q=0.1", PROMETHEUS_TEXT],
    ["application/openmetrics-text;q=0.1,text/plain;q=0.2", PROMETHEUS_TEXT],
    ["image/png", OPEN_METRICS],
  ])("Accept: %s gets %s", (accept, format) => {
    expect(negotiated(accept)).toBe(format);
  });

  test("escapes what a label may not hold as it is", () => {
    const row: ExecutionCounts = {
      stateMachineArn: 'a"b\\c\nd',
      version: "",
      alias: "",
      counters: { started: 1, succeeded: 0, failed: 0, timed_out: 0, aborted: 0, redriven: 0 },
      timeMs: 0,
      buckets: Array.from({ length: 16 }, () => 0),
    };
    const families = readOpenMetrics(metricsText([row], OPEN_METRICS));
    expect(families.get("stepflare_executions_started")?.samples[0]?.labels).toEqual({
      state_machine_arn: 'a"b\\c\nd',
    });
  });
});

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly unit: string | undefined;
  readonly samples: readonly Sample[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total"],
  histogram: ["_bucket", "_count", "_sum"],
};

/** Reads the text by the specification's grammar, as far as counters and histograms go; throws where it is not that. */
function readOpenMetrics(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("# EOF\n") || text.includes("\r")) throw new Error("the text does not end with # EOF");
  const families = new Map<string, { type: string; unit: string | undefined; samples: Sample[] }>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const metadata = /^# (?<what>TYPE|UNIT|HELP) (?<name>[a-zA-Z_:][\w:]*) (?<value>.+)$/u.exec(line)?.groups;
    if (metadata !== undefined) {
      const { what = "", name = "", value = "" } = metadata;
      if (seen.has(`${what} ${name}`)) throw new Error(`twice: ${line}`);
      seen.add(`${what} ${name}`);
      if (name !== current && families.has(name)) throw new Error(`families are mixed: ${line}`);
      current = name;
      const family = families.get(name) ?? { type: "unknown", unit: undefined, samples: [] };
      families.set(name, family);
      if (family.samples.length > 0) throw new Error(`after its samples: ${line}`);
      if (what === "TYPE") family.type = value;
      if (what === "UNIT") family.unit = value;
      if (what === "UNIT" && !name.endsWith(`_${value}`))
        throw new Error(`the name does not end with its unit: ${line}`);
      continue;
    }
    const sample = /^(?<name>[a-zA-Z_:][\w:]*)\{(?<labels>.*)\} (?<value>\S+)$/su.exec(line)?.groups;
    const family = families.get(current);
    if (sample === undefined || family === undefined) throw new Error(`neither metadata nor sample: ${line}`);
    const { name = "", labels = "", value = "" } = sample;
    const suffix = name.slice(current.length);
    if (!name.startsWith(current) || !SUFFIXES[family.type]?.includes(suffix))
      throw new Error(`no sample here: ${line}`);
    if (!/^\d+(?:\.\d+)?$/u.test(value)) throw new Error(`no number: ${line}`);
    const read = readLabels(labels);
    const key = JSON.stringify([name, read]);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    const last = family.samples.at(-1);
    if (suffix === "_bucket" && last?.name === name && last.labels["le"] !== "+Inf" && last.value > Number(value)) {
      throw new Error(`buckets are cumulative: ${line}`);
    }
    if (suffix === "_count" && last?.value !== Number(value)) throw new Error(`not what +Inf counts: ${line}`);
    family.samples.push({ name, labels: read, value: Number(value) });
  }
  return families;
}

function readLabels(text: string): Readonly<Record<string, string>> {
  const label = /(?<name>[a-zA-Z_]\w*)="(?<value>(?:[^"\\\n]|\\["\\n])*)"(?:,|$)/uy;
  const labels: Record<string, string> = {};
  while (label.lastIndex < text.length) {
    const { name = "", value = "" } = label.exec(text)?.groups ?? {};
    if (name === "" || name in labels) throw new Error(`labels: ${text}`);
    labels[name] = value.replaceAll(/\\(.)/gu, (_, x: string) => (x === "n" ? "\n" : x));
  }
  return labels;
}
