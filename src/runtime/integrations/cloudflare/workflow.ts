/**
 * `workflow:create`, also with `.sync`, and `workflow:sendEvent`: Cloudflare's Workflows.
 *
 * F1. An instance is named after the attempt, so a call that is made again after a crash finds the instance of the first.
 * F2. `.sync` asks for the status, at growing pauses. Where nobody waits any more the instance is terminated, as AWS's jobs are.
 * @see https://developers.cloudflare.com/workflows/build/workers-api/
 */
import type { Json } from "../../../asl/json.ts";
import { CloudflareFault } from "./bindings.ts";
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareActions, type CloudflareRequest } from "./request.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

export const workflow: CloudflareActions = {
  create: action({ Workflow: "text", Id: "text?", Params: "json?" }, async ({ Workflow, Id, Params }, request) => {
    const id = Id ?? request.key;
    const created = await createdOrFound(request.binding("workflow", Workflow), id, Params);
    if (request.call.resource.pattern !== "sync") return { InstanceId: id };
    return { InstanceId: id, Status: "complete", Output: await outcomeOf(created, request) };
  }),

  sendEvent: action(
    { Workflow: "text", InstanceId: "text", Type: "text", Payload: "json?" },
    async ({ Workflow, InstanceId, Type, Payload = null }, request) => {
      const instance = await request.binding("workflow", Workflow).get(InstanceId);
      await instance.sendEvent({ type: Type, payload: Payload });
      return {};
    },
  ),
};

/** One that is there already is taken for it. */
async function createdOrFound(workflows: Workflow, id: string, params: Json | undefined): Promise<WorkflowInstance> {
  try {
    return await workflows.create({ id, ...(params !== undefined && { params }) });
  } catch (error) {
    const found = await foundInstance(workflows, id);
    if (found === undefined) throw error;
    return found;
  }
}

/** undefined: there is none, or it cannot be said; whoever asks knows the first error. */
async function foundInstance(workflows: Workflow, id: string): Promise<WorkflowInstance | undefined> {
  try {
    const instance = await workflows.get(id);
    await instance.status();
    return instance;
  } catch {
    return undefined;
  }
}

async function outcomeOf(instance: WorkflowInstance, { signal, sleep }: CloudflareRequest): Promise<Json> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const { status, output, error } = await instance.status();
    if (status === "complete") return jsonOf(output);
    if (status === "errored") throw new CloudflareFault("Errored", error === undefined ? "" : textOf(error));
    if (status === "terminated") throw new CloudflareFault("Terminated", "The instance was terminated.");
    if (signal.aborted) {
      await instance.terminate();
      throw new CloudflareFault("Abandoned", "Nobody waits for the instance any more; it was terminated.");
    }
    await Promise.race([sleep(pause), aborted(signal)]);
  }
}

/** Older instances say it as a text. */
function textOf(error: NonNullable<InstanceStatus["error"]> | string): string {
  return typeof error === "string" ? error : `${error.name}: ${error.message}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
