/** What a TestState request says, taken apart and checked. @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html */
import { isArray, isObject, type Json, type JsonObject } from "../../asl/json.ts";
import type { TaskResource } from "../../asl/resource.ts";
import { everyState, machinesOf } from "../../asl/rules/walk.ts";
import type { State } from "../../asl/types.ts";
import { contextObject } from "../../data/context-object.ts";
import { Payload } from "../../data/payload.ts";
import type { StateTest, WorkAnswer } from "../../engine/test-state.ts";
import { stateMachineArn } from "../../runtime/arn.ts";
import { mockResultFault } from "../../services/mock-result.ts";
import { ApiError } from "../api-error.ts";
import type { ApiContext } from "../context.ts";
import type { MockInput, TestStateConfiguration, TestStateInput } from "../inputs.ts";
import { jsonTextFault } from "../json-text.ts";
import { unsupported } from "../unsupported.ts";
import { TESTED_STATE } from "./tested-state.ts";

export function invalid(message: string): ApiError {
  return new ApiError("ValidationException", message);
}

const UNMOCKED =
  "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]";

export function checkMock(
  state: State,
  { mock, revealSecrets, context, stateConfiguration = {} }: TestStateInput,
): void {
  if (mock === undefined) {
    const needing = context === undefined ? needsMock(stateConfiguration) : "Context";
    if (needing !== undefined) throw invalid(`TestState does not support ${needing} when a mock is not specified.`);
    if (state.Type === "Map" || state.Type === "Parallel") throw new ApiError("InvalidDefinition", UNMOCKED);
    if (state.Type === "Task") checkUnmocked(state.Resource);
    return;
  }
  if (state.Type !== "Task" && state.Type !== "Map" && state.Type !== "Parallel") {
    throw invalid(`State type '${state.Type}' is not supported when a mock is specified`);
  }
  if (revealSecrets === true) throw invalid("TestState does not support RevealSecrets when a mock is specified.");
  if ((mock.result === undefined) === (mock.errorOutput === undefined)) {
    throw invalid("A test mock should have only one of the following fields: [result, errorOutput].");
  }
  checkErrorSource(state, stateConfiguration.errorCausedByState);
  if (state.Type !== "Map" && stateConfiguration.mapIterationFailureCount !== undefined) {
    throw invalid("MapIterationFailureCount is only supported for Map states");
  }
}

/** An error that comes from within must come from a state that is within. */
function checkErrorSource(state: State, name: string | undefined): void {
  if (name === undefined) return;
  const inner = machinesOf(state).flatMap((x) => everyState(x).map((place) => place.state.Name));
  if (!inner.includes(name))
    throw invalid(`ErrorCausedByState '${name}' is not a state of the tested Map or Parallel state`);
}

/** The first member that makes sense only beside a mock, as AWS's message spells it. */
function needsMock(configuration: TestStateConfiguration): string | undefined {
  if (configuration.mapIterationFailureCount !== undefined) return "MapIterationFailureCount";
  if (configuration.retrierRetryCount !== undefined) return "RetrierRetryCount";
  if (configuration.errorCausedByState !== undefined) return "ErrorCausedByState";
  return configuration.mapItemReaderData === undefined ? undefined : "MapItemReaderData";
}

function checkUnmocked(resource: TaskResource): void {
  if (resource.kind === "activity") {
    throw new ApiError(
      "InvalidDefinition",
      "TestState API does not support Activity tasks when a mock is not specified",
    );
  }
  if (resource.kind === "lambda" || resource.pattern === "request") return;
  const suffix = resource.pattern === "waitForTaskToken" ? ".waitForTaskToken" : ".sync";
  const message = `TestState API does not support the '${suffix}' service integration pattern when a mock is not specified`;
  throw new ApiError("InvalidDefinition", message);
}

/** What the mock says the work gave; refuses a result that the called service could not give. */
export function answerOf(
  state: State,
  { result, errorOutput, fieldValidationMode = "STRICT" }: MockInput,
  maxBytes: number,
): WorkAnswer {
  if (result === undefined) return { failure: { ...errorOutput } };
  if (jsonTextFault(result, maxBytes) !== undefined) throw invalid("Mocked result must be valid JSON");
  const output = Payload.fromText(result);
  if (state.Type === "Parallel" && (!Array.isArray(output.value) || output.value.length !== state.Branches.length)) {
    throw invalid("Mocked result must contain the same number of items as number of Parallel branches.");
  }
  if (state.Type === "Task" && state.Resource.kind === "service" && fieldValidationMode !== "NONE") {
    const fault = mockResultFault(state.Resource, output.value, fieldValidationMode);
    if (fault !== undefined) throw invalid(`Mock result schema validation error: ${fault}`);
  }
  return { output };
}

export function readJson(text: string, maxBytes: number): string {
  const fault = jsonTextFault(text, maxBytes);
  if (fault !== undefined)
    throw new ApiError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${fault}'`);
  return text;
}

export function readVariables(text: string | undefined): JsonObject {
  const value = readObject(text ?? "{}");
  if (value === undefined) throw invalid("Invalid variables provided: they must be a JSON object");
  if (Object.hasOwn(value, "states")) throw invalid("Cannot assign to reserved variable '$states'.");
  return value;
}

function readObject(text: string): JsonObject | undefined {
  if (jsonTextFault(text) !== undefined) return undefined;
  const value = JSON.parse(text) as Json;
  return isObject(value) ? value : undefined;
}

const CONTEXT_FIELDS = new Set(["Execution", "State", "StateMachine", "Task"]);

export function readContext(text: string, state: State): JsonObject {
  const refuse = (reason: string): ApiError => invalid(`Invalid Context object provided: ${reason}`);
  const value = readObject(text);
  if (value === undefined) throw refuse("it must be a JSON object");
  for (const field of Object.keys(value)) {
    if (field === "Map") throw refuse("'Map' field is not supported when mocking a Context object");
    if (!CONTEXT_FIELDS.has(field)) throw refuse(`Field '${field}' is not allowed`);
    if (!isObject(value[field])) throw refuse(`Field '${field}' must be an object`);
  }
  if (Object.hasOwn(value, "Task") && !hasTaskContext(state)) {
    const patterns = "'.sync' or '.waitForTaskToken' service integration pattern";
    throw refuse(`Context object contains 'Task' when state is not a Task state with a ${patterns}`);
  }
  return value;
}

function hasTaskContext(state: State): boolean {
  return state.Type === "Task" && state.Resource.kind === "service" && state.Resource.pattern !== "request";
}

/** The context object of an execution that there is not. */
export function madeContext(
  context: ApiContext,
  { roleArn, stateConfiguration }: TestStateInput,
  state: State,
  input: Payload,
): StateTest["context"] {
  const [machine, name] = [context.uuid(), context.uuid()];
  const machineArn = stateMachineArn(context.config, machine);
  const at = context.now();
  return (mapItem) => {
    const { Execution, ...rest } = contextObject(
      {
        executionArn: `${machineArn.replace(":stateMachine:", ":express:")}:${name}`,
        executionName: name,
        input: input.value,
        startedAt: at,
        roleArn: "",
        stateMachineArn: machineArn,
        stateMachineName: machine,
      },
      {
        name: TESTED_STATE,
        enteredAt: at,
        ...("Retry" in state && { retryCount: stateConfiguration?.retrierRetryCount ?? 0 }),
        // Nobody waits for the answer: the links lead nowhere.
        ...(hasTaskContext(state) && {
          task: { token: context.uuid(), link: (kind) => `https://test.invalid/${kind}` },
        }),
        ...(mapItem && { mapItem }),
      },
    );
    const { RedriveCount: _, ...execution } = Execution as JsonObject;
    return { ...rest, Execution: { ...execution, RoleArn: roleArn ?? null } };
  };
}

/** The items in the data that an ItemReader is said to read; undefined where nothing is said, or nothing reads. */
export function readItemsOf(state: State, { mapItemReaderData }: TestStateConfiguration): readonly Json[] | undefined {
  if (mapItemReaderData === undefined) return undefined;
  if (state.Type !== "Map" || state.ItemReader === undefined) {
    throw invalid("MapItemReaderData is only supported for Map states with an ItemReader");
  }
  const { InputType = "JSON" } = state.ItemReader.ReaderConfig;
  if (InputType !== "JSON" && InputType !== "JSONL") throw unsupported(`MapItemReaderData in the format ${InputType}`);
  const texts =
    InputType === "JSON" ? [mapItemReaderData] : mapItemReaderData.split("\n").filter((x) => x.trim() !== "");
  if (texts.some((text) => jsonTextFault(text) !== undefined))
    throw invalid(`MapItemReaderData must be valid ${InputType}`);
  const values = texts.map((text) => JSON.parse(text) as Json);
  const [whole = null] = values;
  const items = InputType === "JSON" ? whole : values;
  if (isArray(items)) return items;
  throw invalid("MapItemReaderData must be a JSON array");
}
