/**
 * The Worker under test as it is, with a back door for the harness: objects can be poked, which the platform does when it
 * fires an alarm early or twice.
 */
// @ts-expect-error The bundle under test lies beside this file only when it runs.
import bundledWorker, { ExecutionObject as BundledExecutionObject } from "./index.js";

// @ts-expect-error As above.
export { ActivityObject, MapRunObject } from "./index.js";

interface Env {
  readonly EXECUTION: DurableObjectNamespace;
  readonly BROKER: DurableObjectNamespace;
}
type TestedWorker = ExportedHandler<Env> & {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
};
type TestedObject = new (ctx: DurableObjectState, env: Env) => { alarm(): Promise<void> };
interface Pokable {
  poke(): Promise<void>;
}

const Tested: TestedObject = BundledExecutionObject;
const tested: TestedWorker = bundledWorker;

export class ExecutionObject extends Tested implements Pokable {
  /** As if the alarm fired. */
  async poke(): Promise<void> {
    await this.alarm();
  }
}

const worker: TestedWorker = {
  ...tested,
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/chaos/poke") {
      const stub: unknown = env.EXECUTION.getByName(searchParams.get("arn") ?? "");
      await (stub as Pokable).poke();
      return new Response("poked");
    }
    if (pathname === "/chaos/queues") return env.BROKER.getByName(searchParams.get("name") ?? "").fetch(request);
    return tested.fetch(request, env, ctx);
  },
};
export default worker;
