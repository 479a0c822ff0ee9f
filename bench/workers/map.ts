/** Stepflare as it is deployed, telling at `GET /operations` how many R2 operations and invocations by a queue there were so far. */
import type { Env } from "../../src/env.ts";
import { createStepflare, type QueueMessage, type Stepflare } from "../../src/stepflare.ts";

const stepflare: Stepflare = createStepflare({ functions: { same: (input) => input } });

export const ExecutionObject: Stepflare["ExecutionObject"] = stepflare.ExecutionObject;

/** Objects run in the Worker's own isolate here, so that one count does. */
const counts = { classA: 0, classB: 0, invocations: 0 };

export const MapRunObject: Stepflare["MapRunObject"] = class extends stepflare.MapRunObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, { ...env, OBJECTS: counted(env.OBJECTS) });
  }
};

const worker: ExportedHandler<Env, QueueMessage> = {
  fetch: async (request, env, ctx) =>
    new URL(request.url).pathname === "/operations"
      ? Response.json(counts)
      : (stepflare.worker.fetch?.(request, env, ctx) ?? new Response(null, { status: 404 })),
  queue: async (batch, env, ctx) => {
    counts.invocations += 1;
    await stepflare.worker.queue?.(batch, env, ctx);
  },
};
export default worker;

const CLASS_A: ReadonlySet<PropertyKey> = new Set([
  "put",
  "list",
  "createMultipartUpload",
  "resumeMultipartUpload",
  "uploadPart",
  "complete",
]);
const CLASS_B: ReadonlySet<PropertyKey> = new Set(["get", "head"]);

/**
 * The bucket, or an upload to it, counting what is billed.
 * @see https://developers.cloudflare.com/r2/pricing/
 */
function counted<T extends R2Bucket | R2MultipartUpload>(target: T): T {
  return new Proxy(target, {
    get: (of, member) => {
      const value: unknown = Reflect.get(of, member, of);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        if (CLASS_A.has(member)) counts.classA += 1;
        if (CLASS_B.has(member)) counts.classB += 1;
        const answer = Reflect.apply(value, of, given) as unknown;
        if (member !== "createMultipartUpload") return answer;
        return (answer as Promise<R2MultipartUpload>).then((upload) => counted(upload));
      };
    },
  });
}
