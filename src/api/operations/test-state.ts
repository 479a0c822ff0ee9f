/**
 * TestState: one state of a definition, run by itself.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
 */
import type { State } from "../../asl/types.ts";
import { Payload } from "../../data/payload.ts";
import {
  StateTestFault,
  testState as runTest,
  type StateTest,
  type StateTestResult,
  type WorkAnswer,
} from "../../engine/test-state.ts";
import type { PreparedTask } from "../../engine/states/task.ts";
import type { TaskId } from "../../engine/execution.ts";
import { stateMachineArn } from "../../runtime/arn.ts";
import type { HttpExchange } from "../../runtime/integrations/http/exchange.ts";
import type { Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { TestStateInput } from "../inputs.ts";
import { checkRoleArn } from "../resource-arn.ts";
import { httpInspection } from "./http-inspection.ts";
import { inspectionData } from "./inspection-data.ts";
import {
  answerOf,
  checkMock,
  invalid,
  madeContext,
  readContext,
  readItemsOf,
  readJson,
  readVariables,
} from "./test-state-input.ts";
import { TESTED_STATE, testedState } from "./tested-state.ts";

/** AWS gives up after five minutes. */
const MAX_SECONDS = 300;

export async function testState(context: ApiContext, input: TestStateInput): Promise<Output> {
  if (input.roleArn !== undefined) checkRoleArn(input.roleArn);
  const { revealSecrets = false, inspectionLevel = "INFO" } = input;
  if (revealSecrets) context.principal.authorize("states:RevealSecrets", "*");
  const { PayloadBytes: maxPayloadBytes, DefinitionCharacters: maxCharacters } = context.quotas;
  const state = testedState(input.definition, input.stateName, maxCharacters);
  checkMock(state, input);
  const { mock, stateConfiguration = {} } = input;
  const payload = Payload.fromText(readJson(input.input ?? "{}", maxPayloadBytes));
  const made = madeContext(context, input, state, payload);
  const given = input.context === undefined ? undefined : readContext(input.context, state);
  const mocked = mock && answerOf(state, mock, maxPayloadBytes);
  const readItems = readItemsOf(state, stateConfiguration);
  let exchange: HttpExchange | undefined;
  const onExchange = (seen: HttpExchange): void => void (exchange = seen);
  const test: StateTest = {
    state,
    input: payload,
    variables: readVariables(input.variables),
    context: (item) => given ?? made(item),
    at: context.now(),
    maxPayloadBytes,
    evaluationSteps: context.quotas.EvaluationSteps,
    entropy: { random: () => Math.random(), uuid: () => context.uuid() },
    retryCount: stateConfiguration.retrierRetryCount ?? 0,
    work: async (task) => mocked ?? performTask(context, state, task, onExchange),
    ...(stateConfiguration.mapIterationFailureCount !== undefined && {
      failedIterations: stateConfiguration.mapIterationFailureCount,
    }),
    ...(readItems && { readItems }),
  };
  const result = await run(test);
  const traced = exchange && inspectionLevel === "TRACE" ? httpInspection(exchange, revealSecrets) : {};
  return shown(state, payload, result, inspectionLevel, traced);
}

async function run(test: StateTest): Promise<StateTestResult> {
  try {
    return await runTest(test);
  } catch (error) {
    if (error instanceof StateTestFault) throw invalid(error.message);
    throw error;
  }
}

function shown(state: State, input: Payload, result: StateTestResult, level: string, traced: Output): Output {
  const { status, output, failure, next } = result;
  return {
    status,
    ...(output && { output: output.text }),
    ...(failure?.error !== undefined && { error: failure.error }),
    ...(failure?.cause !== undefined && { cause: failure.cause }),
    ...(next !== undefined && { nextState: next }),
    ...(level !== "INFO" && { inspectionData: { ...inspectionData(state, input, result.inspection), ...traced } }),
  };
}

/** Does a task's work for real, within its own time and AWS's. */
async function performTask(
  context: ApiContext,
  state: State,
  task: PreparedTask | undefined,
  onExchange: (exchange: HttpExchange) => void,
): Promise<WorkAnswer> {
  if (state.Type !== "Task" || task === undefined) throw new Error(`Defect: the work of a ${state.Type} is not mocked`);
  const id = context.uuid();
  const seconds = Math.min(task.timeoutSeconds ?? MAX_SECONDS, MAX_SECONDS);
  const signal = AbortSignal.timeout(seconds * 1000);
  const timedOut = new Promise<WorkAnswer>((resolve) => {
    signal.addEventListener("abort", () => resolve({ failure: { error: "States.Timeout", cause: "" } }), {
      once: true,
    });
  });
  const machineArn = stateMachineArn(context.config, id);
  const answer = context
    .performTask(
      {
        type: "ScheduleTask",
        taskId: "0-1" as TaskId,
        stateName: TESTED_STATE,
        resource: state.Resource,
        parameters: task.parameters,
        enteredAt: context.now(),
        retryCount: 0,
        executionArn: `${machineArn.replace(":stateMachine:", ":express:")}:${id}`,
        stateMachineArn: machineArn,
        idempotencyKey: `test-${id}`,
        maxPayloadBytes: context.quotas.PayloadBytes,
        onExchange,
        ...(context.callDepth !== undefined && { callDepth: context.callDepth }),
      },
      signal,
    )
    .then((x): WorkAnswer => (x.kind === "failed" ? { failure: x.failure } : { output: x.output }));
  return Promise.race([answer, timedOut]);
}
