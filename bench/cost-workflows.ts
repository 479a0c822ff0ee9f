/** The workflows whose cost is measured, and what their usage does not tell: requests from outside, calls waited for. */

export interface MeasuredWorkflow {
  readonly name: string;
  readonly title: string;
  readonly definition: object;
  readonly input: object;
  /** Requests that reach the Worker for one execution. */
  readonly apiRequests: number;
  /** Function calls one after the other, during each of which the object waits and is billed for it. */
  readonly callsInSequence: number;
  /** How often it is run at the most; absent: as often as the others. */
  readonly runs?: number;
}

/** Registered by URL. */
export const FUNCTION_NAME = "bench";
const FUNCTION_ARN = `arn:aws:lambda:us-east-1:123456789012:function:${FUNCTION_NAME}`;

const PASS = { Type: "Pass" };
const TASK = { Type: "Task", Resource: FUNCTION_ARN };
const CALLBACK = {
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
  Parameters: { FunctionName: FUNCTION_NAME, Payload: { "token.$": "$$.Task.Token" } },
};
const WAIT = { Type: "Wait", Seconds: 1 };
const MAP = { Type: "Map", ItemsPath: "$.items", ItemProcessor: sequence(1, TASK) };

export const WORKFLOWS = {
  onePass: workflow("1 Pass", sequence(1, PASS)),
  twentyPass: workflow("20 Pass", sequence(20, PASS)),
  fiveTasks: workflow("5 Tasks", sequence(5, TASK), { callsInSequence: 5 }),
  twentyTasks: workflow("20 Tasks", sequence(20, TASK), { callsInSequence: 20 }),
  map: mapOf(10),
  mapOf100: mapOf(100),
  mapOf1000: { ...mapOf(1_000), runs: 1 },
  mapOf10000: { ...mapOf(10_000), runs: 1 },
  wait: workflow("Wait of 1 s", sequence(1, WAIT)),
  callback: workflow("Task with a callback", sequence(1, CALLBACK), { apiRequests: 2, callsInSequence: 1 }),
} as const satisfies Readonly<Record<string, MeasuredWorkflow>>;

/** Forty iterations run at the same time. */
function mapOf(items: number): MeasuredWorkflow {
  return workflow(`Map of ${items.toLocaleString("en-US")} items, one Task each`, sequence(1, MAP), {
    callsInSequence: Math.ceil(items / 40),
    input: { items: Array.from({ length: items }, (_, index) => index) },
  });
}

function workflow(title: string, definition: object, more: Partial<MeasuredWorkflow> = {}): MeasuredWorkflow {
  const name = title.replaceAll(/\W+/gu, "-");
  return { name, title, definition, input: { order: 1 }, apiRequests: 1, callsInSequence: 0, ...more };
}

/** States like that one, so many of them one after the other. */
function sequence(length: number, state: { readonly Type: string }): object {
  const nameOf = (n: number): string => `${state.Type}${n}`;
  const States = Object.fromEntries(
    Array.from({ length }, (_, n) => [
      nameOf(n),
      { ...state, ...(n === length - 1 ? { End: true } : { Next: nameOf(n + 1) }) },
    ]),
  );
  return { StartAt: nameOf(0), States };
}
