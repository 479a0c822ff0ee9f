/** The words of the runtime tests: the catalogue's tables, executions by their objects, and the test's own functions. */
import { env } from "cloudflare:test";
import { vi } from "vitest";
import type { Answer, ExecutionDescription, ExecutionRpc, StartRequest } from "../../src/runtime/execution-rpc.ts";
import type { Env } from "../../src/env.ts";
import { putFunction } from "../../src/runtime/registry.ts";

declare global {
  // The plugin's own name for the type of `env`.
  // oxlint-disable-next-line typescript/no-namespace
  namespace Cloudflare {
    // oxlint-disable-next-line typescript/no-empty-object-type
    interface Env extends StepflareEnv {}
  }
}
type StepflareEnv = Env;

export const bindings: Env = env;

/** By their paths. */
const MIGRATIONS = import.meta.glob("../../migrations/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Makes the tables; each test file has a database of its own. */
export async function prepareCatalogue(): Promise<void> {
  const statements = Object.keys(MIGRATIONS)
    .toSorted()
    .flatMap((path) => MIGRATIONS[path]!.replaceAll(/--.*$/gmu, "").split(";"));
  for (const statement of statements) if (statement.trim() !== "") await bindings.CATALOGUE.prepare(statement).run();
}

let count = 0;

export interface TestExecution {
  readonly arn: string;
  readonly object: DurableObjectStub & ExecutionRpc;
  readonly request: StartRequest;
}

/** An execution of that definition, not started yet. */
export function executionOf(definition: object, input: unknown = {}): TestExecution {
  count += 1;
  const name = `test-${count}`;
  const arn = `arn:aws:states:us-east-1:123456789012:execution:machine:${name}`;
  const request: StartRequest = {
    version: 1,
    executionArn: arn,
    name,
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    stateMachineName: "machine",
    roleArn: "arn:aws:iam::123456789012:role/test",
    revisionId: "INITIAL",
    definition: JSON.stringify(definition),
    definitionUpdatedAt: 0,
    input: JSON.stringify(input),
  };
  return { arn, object: bindings.EXECUTION.getByName(arn), request };
}

/** The value, or an error that shows the refusal. */
export function valueOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
  return answer.value;
}

export async function start(execution: TestExecution): Promise<ExecutionDescription> {
  valueOf(await execution.object.start(execution.request));
  return valueOf(await execution.object.describe());
}

/** A fresh stub: the old one is dead after its object was aborted. */
export function again({ arn }: TestExecution): DurableObjectStub & ExecutionRpc {
  return bindings.EXECUTION.getByName(arn);
}

export async function until<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const value = await read();
    if (done(value)) return value;
    if (i === 500) throw new Error(`never came to pass: ${JSON.stringify(value)}`);
    await scheduler.wait(10);
  }
}

export async function untilEnded(execution: TestExecution): Promise<ExecutionDescription> {
  return until(
    async () => valueOf(await again(execution).describe()),
    (description) => description.status !== "RUNNING",
  );
}

/** The types of the whole history, and a check that its ids follow each other. */
export async function historyOf(execution: TestExecution): Promise<readonly string[]> {
  const request = { maxResults: 1000, reverseOrder: false, includeExecutionData: true };
  const { events } = valueOf(await again(execution).history(request));
  events.forEach((event, i) => {
    if (event.id !== i + 1) throw new Error(`event ${event.id} stands at place ${i + 1}`);
  });
  return events.map((event) => event.type);
}

export interface FunctionCall {
  readonly input: unknown;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/** Registers a function by URL and answers its calls from within the test. */
export async function functionAnswering(
  name: string,
  answer: (call: FunctionCall, n: number) => Response | Promise<Response>,
): Promise<readonly FunctionCall[]> {
  const url = `https://functions.test/${name}`;
  await putFunction(bindings.CATALOGUE, name, { url }, 0);
  const calls: FunctionCall[] = [];
  answers.set(url, async (request) => {
    const call = { input: await request.json(), headers: request.headers, signal: request.signal };
    calls.push(call);
    return answer(call, calls.length);
  });
  if (answers.size === 1) {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      const found = answers.get(request.url);
      if (found === undefined) throw new TypeError(`connection refused: ${request.url}`);
      return found(request);
    });
  }
  return calls;
}

const answers: Map<string, (request: Request) => Promise<Response>> = new Map();
