/** The workflows of the chaos runs. Each ends with a call of `done`, so that nobody has to ask an execution how it is. */

export interface Workflow {
  readonly name: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly definition: object;
  /** Of the executions, in parts of all shares. */
  readonly share: number;
  /** How often each state is entered, whatever happens. */
  readonly entered: Readonly<Record<string, number>>;
  readonly status: "SUCCEEDED" | "FAILED";
  /** Not counted in the latencies: it waits for a minute by design where a message of its queue is lost. */
  readonly isSlow?: true;
}

export const ACCOUNT = "123456789012";
export const ROLE: string = `arn:aws:iam::${ACCOUNT}:role/chaos`;
export const ACTIVITY: string = `arn:aws:states:us-east-1:${ACCOUNT}:activity:chaos`;
/** What the functions are: see functions.ts. */
export const FUNCTIONS = ["work", "flaky", "broken", "ask", "done"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

const ITEMS = 4;
const CHUNKED_ITEMS = 12;

const DONE = {
  Type: "Task",
  Resource: lambda("done"),
  Parameters: { "name.$": "$$.Execution.Name" },
  ResultPath: null,
  End: true,
};

function lambda(name: FunctionName): string {
  return `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;
}

function work(next: object): object {
  return { Type: "Task", Resource: lambda("work"), ResultPath: null, ...next };
}

export const WORKFLOWS: readonly Workflow[] = [
  {
    name: "chain",
    type: "STANDARD",
    share: 30,
    definition: {
      StartAt: "Prepare",
      States: {
        Prepare: { Type: "Pass", Next: "A" },
        A: work({ Next: "B" }),
        B: work({ Next: "C" }),
        C: work({ Next: "Done" }),
        Done: DONE,
      },
    },
    entered: { Prepare: 1, A: 1, B: 1, C: 1, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "parallel",
    type: "STANDARD",
    share: 12,
    definition: {
      StartAt: "Both",
      States: {
        Both: {
          Type: "Parallel",
          Branches: [
            { StartAt: "Left", States: { Left: work({ End: true }) } },
            { StartAt: "Right", States: { Right: work({ End: true }) } },
          ],
          ResultPath: null,
          Next: "Done",
        },
        Done: DONE,
      },
    },
    entered: { Both: 1, Left: 1, Right: 1, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "items",
    type: "STANDARD",
    share: 10,
    definition: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          MaxConcurrency: 2,
          ItemsPath: "$.items",
          ItemProcessor: { StartAt: "Item", States: { Item: work({ End: true }) } },
          ResultPath: null,
          Next: "Done",
        },
        Done: DONE,
      },
    },
    entered: { Each: 1, Item: ITEMS, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "wait",
    type: "STANDARD",
    share: 12,
    definition: { StartAt: "Hold", States: { Hold: { Type: "Wait", Seconds: 1, Next: "Done" }, Done: DONE } },
    entered: { Hold: 1, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "callback",
    type: "STANDARD",
    share: 12,
    definition: {
      StartAt: "Ask",
      States: {
        Ask: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
          Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
          ResultPath: "$.answer",
          Next: "Done",
        },
        Done: DONE,
      },
    },
    entered: { Ask: 1, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "retry",
    type: "STANDARD",
    share: 8,
    definition: {
      StartAt: "Flaky",
      States: {
        Flaky: {
          Type: "Task",
          Resource: lambda("flaky"),
          ResultPath: null,
          Retry: [{ ErrorEquals: ["Unlucky"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 1 }],
          Next: "Broken",
        },
        Broken: {
          Type: "Task",
          Resource: lambda("broken"),
          Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Done" }],
          End: true,
        },
        Done: DONE,
      },
    },
    entered: { Flaky: 1, Broken: 1, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "fail",
    type: "STANDARD",
    share: 3,
    definition: {
      StartAt: "A",
      States: {
        A: work({ Next: "Done" }),
        Done: { ...DONE, End: undefined, Next: "Refuse" },
        Refuse: { Type: "Fail", Error: "Refused", Cause: "as planned" },
      },
    },
    entered: { A: 1, Done: 1, Refuse: 1 },
    status: "FAILED",
  },
  {
    name: "nested",
    type: "STANDARD",
    share: 3,
    definition: {
      StartAt: "Child",
      States: {
        Child: {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync:2",
          Parameters: {
            StateMachineArn: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:child`,
            Input: { "n.$": "$.n" },
          },
          ResultPath: null,
          Next: "Done",
        },
        Done: DONE,
      },
    },
    entered: { Child: 1, Done: 1 },
    status: "SUCCEEDED",
  },
  {
    name: "activity",
    type: "STANDARD",
    share: 3,
    definition: {
      StartAt: "Handed",
      States: {
        Handed: {
          Type: "Task",
          Resource: ACTIVITY,
          TimeoutSeconds: 20,
          ResultPath: null,
          Retry: [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 1, MaxAttempts: 30, BackoffRate: 1 }],
          Next: "Done",
        },
        Done: DONE,
      },
    },
    entered: { Handed: 1, Done: 1 },
    status: "SUCCEEDED",
    isSlow: true,
  },
  {
    name: "express",
    type: "EXPRESS",
    share: 6,
    definition: { StartAt: "A", States: { A: work({ Next: "B" }), B: work({ Next: "Done" }), Done: DONE } },
    entered: {},
    status: "SUCCEEDED",
  },
  {
    name: "chunks",
    type: "STANDARD",
    share: 0.5,
    definition: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemsPath: "$.many",
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
            StartAt: "Item",
            States: { Item: { Type: "Task", Resource: lambda("work"), End: true } },
          },
          Next: "Keep",
        },
        Keep: { Type: "Pass", Parameters: { "results.$": "$" }, Next: "Done" },
        Done: DONE,
      },
    },
    entered: { Each: 1, Keep: 1, Done: 1 },
    status: "SUCCEEDED",
    isSlow: true,
  },
];

/** Started by `nested` alone. */
export const CHILD: Omit<Workflow, "share"> = {
  name: "child",
  type: "STANDARD",
  definition: { StartAt: "A", States: { A: work({ Next: "Hold" }), Hold: { Type: "Wait", Seconds: 1, End: true } } },
  entered: { A: 1, Hold: 1 },
  status: "SUCCEEDED",
};

/** The input of the execution of that number. */
export function inputOf({ name }: Workflow, n: number): string {
  const numbers = (count: number): readonly object[] => Array.from({ length: count }, (_, i) => ({ n, i }));
  const more = name === "items" ? { items: numbers(ITEMS) } : name === "chunks" ? { many: numbers(CHUNKED_ITEMS) } : {};
  return JSON.stringify({ n, ...more });
}
