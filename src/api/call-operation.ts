/** Operations called from inside: by a state machine's own task instead of over HTTP. */
import type { JsonObject } from "../asl/json.ts";
import type { ExecutionRpc, Watcher } from "../runtime/execution-rpc.ts";
import type { OperationAnswer } from "../runtime/tasks/states.ts";
import { ApiError, statusOf } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { LongPoll } from "./long-poll.ts";
import { perform } from "./operations/perform.ts";
import { isOperation } from "./shapes.ts";

/** @param watcher who is told when an execution that the operation starts has ended */
export async function callOperation(
  context: ApiContext,
  operation: string,
  input: JsonObject,
  watcher?: Watcher,
): Promise<OperationAnswer> {
  try {
    if (!isOperation(operation))
      throw new ApiError("UnknownOperationException", `The service has no operation '${operation}'`);
    const answer = await perform(watcher === undefined ? context : withWatcher(context, watcher), operation, input);
    const output = answer instanceof LongPoll ? await answer.output() : answer;
    // Through JSON, as over HTTP: what is undefined is left out.
    return { ok: true, output: JSON.parse(JSON.stringify(output)) as JsonObject };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ok: false, refusal: { name: error.name, message: error.message, status: statusOf(error.name) } };
  }
}

function withWatcher(context: ApiContext, watcher: Watcher): ApiContext {
  const execution = (executionArn: string): ExecutionRpc => {
    const object = context.execution(executionArn);
    const start: ExecutionRpc["start"] = (request) => object.start({ ...request, watcher });
    return new Proxy(object, { get: (target, member) => (member === "start" ? start : Reflect.get(target, member)) });
  };
  const submit: ApiContext["express"]["submit"] = (request) => context.express.submit({ ...request, watcher });
  return { ...context, execution, express: { ...context.express, submit } };
}
