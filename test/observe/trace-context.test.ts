/** Trace headers: what is read of them, and what those who are called get. */
import { describe, expect, test } from "vitest";
import {
  attemptSpanId,
  parseTraceHeader,
  traceHeaderOfTask,
  traceOf,
  traceparentOf,
} from "../../src/runtime/observe/trace-context.ts";
import { TRACED } from "./words.ts";

const TRACE = "5759e988bd862e3fe1be46a994272793";
const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793";
const PARENT = "53995c3f42cd8ad8";

test.each<[string, string | undefined, boolean]>([
  [`${ROOT};Parent=${PARENT};Sampled=1`, PARENT, true],
  [`${ROOT}; Sampled=?`, undefined, true],
  [ROOT, undefined, true],
  [`Self=1-x;${ROOT};Parent=${PARENT};Sampled=0;Lineage=a:1`, PARENT, false],
  [`00-${TRACE}-${PARENT}-01`, PARENT, true],
  [`00-${TRACE}-${PARENT}-00`, PARENT, false],
  [`cc-${TRACE}-${PARENT}-03-and-more`, PARENT, true],
])("%s is read", (header, parentSpanId, isSampled) => {
  expect(parseTraceHeader(header)).toEqual({
    traceId: TRACE,
    ...(parentSpanId !== undefined && { parentSpanId }),
    isSampled,
  });
});

test.each([
  "",
  "nonsense",
  "Parent=53995c3f42cd8ad8;Sampled=1",
  `Root=2-5759e988-bd862e3fe1be46a994272793`,
  `ff-${TRACE}-${PARENT}-01`,
  `00-${"0".repeat(32)}-${PARENT}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${PARENT}-01`,
])("'%s' is no trace header", (header) => {
  expect(parseTraceHeader(header)).toBeUndefined();
});

describe("an execution", () => {
  test("that is traced without a header has a trace of its own, always the same", () => {
    const trace = traceOf(TRACED);
    expect(trace).toEqual(traceOf({ ...TRACED }));
    expect(trace?.traceId).toMatch(/^[\da-f]{32}$/u);
    expect(Number.parseInt(trace?.traceId.slice(0, 8) ?? "", 16)).toBe(Math.floor(TRACED.startedAt / 1000));
    expect(traceOf({ ...TRACED, startedAt: TRACED.startedAt + 1 })?.traceId).not.toBe(trace?.traceId);
  });

  test("is not traced where its state machine does not ask for it, or its caller asks not to", () => {
    const { executionArn, startedAt } = TRACED;
    expect(traceOf({ executionArn, startedAt })).toBeUndefined();
    expect(traceOf({ ...TRACED, tracingConfiguration: '{"enabled":false}' })).toBeUndefined();
    expect(traceOf({ ...TRACED, traceHeader: `${ROOT};Sampled=0` })).toBeUndefined();
    expect(traceOf({ ...TRACED, traceHeader: "not one" })?.isSampled).toBe(true);
  });

  test("hands its tasks' spans on as parents, in both forms", () => {
    const { traceHeader = "" } = traceHeaderOfTask({ ...TRACED, traceHeader: `${ROOT};Parent=${PARENT}` }, "0-1");
    const span = attemptSpanId(TRACED, "0-1");
    expect(traceHeader).toBe(`${ROOT};Parent=${span};Sampled=1`);
    expect(traceparentOf(traceHeader)).toBe(`00-${TRACE}-${span}-01`);
  });

  test("that is not traced hands on the header that it got, and none where it got none", () => {
    const { executionArn, startedAt } = TRACED;
    const traceHeader = `${ROOT};Sampled=0`;
    expect(traceHeaderOfTask({ executionArn, startedAt, traceHeader }, "0-1")).toEqual({ traceHeader });
    expect(traceHeaderOfTask({ ...TRACED, traceHeader }, "0-1")).toEqual({ traceHeader });
    expect(traceHeaderOfTask({ executionArn, startedAt }, "0-1")).toEqual({});
    expect(traceparentOf(traceHeader)).toBeUndefined();
    expect(traceparentOf("nonsense")).toBeUndefined();
  });
});
