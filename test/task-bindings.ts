/** Bindings of a user's own, for the tests of tasks that use them: Miniflare's options beside wrangler.toml's. */

const WORKER = `
import { WorkerEntrypoint, WorkflowEntrypoint } from "cloudflare:workers";

export class Sums extends WorkerEntrypoint {
  add(a, b) { return a + b; }
  everything() {
    return { at: new Date(0), bytes: new Uint8Array([1, 2]), map: new Map([["a", 1n]]), none: undefined, list: new Set([null]) };
  }
  stream() { return new Response("x").body; }
  fail() { throw new RangeError("too far"); }
  busy() { throw new Error("the order is overloaded"); }
  never() { return new Promise((resolve) => setTimeout(resolve, 60_000)); }
}

export class Flow extends WorkflowEntrypoint {
  async run(event, step) {
    const { wait, fail, ...params } = event.payload ?? {};
    if (fail) throw new Error("the flow failed");
    if (wait) return (await step.waitForEvent("go", { type: "go", timeout: "1 hour" })).payload;
    return step.do("once", async () => ({ got: params }));
  }
}

export default {
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/none") return new Response("there is none", { status: 404 });
    const headers = Object.fromEntries(request.headers);
    return Response.json({ method: request.method, path: pathname + search, headers, body: await request.text() });
  },
};
`;

export const TASK_BINDINGS: Readonly<Record<string, unknown>> = {
  kvNamespaces: ["MY_KV"],
  r2Buckets: ["MY_R2"],
  d1Databases: ["MY_DB"],
  queueProducers: { MY_QUEUE: { queueName: "my-queue" } },
  serviceBindings: {
    MY_WORKER: "task-worker",
    MY_SUMS: { name: "task-worker", entrypoint: "Sums" },
    OTHER_WORKER: "task-worker",
  },
  workflows: { MY_FLOW: { name: "my-flow", className: "Flow", scriptName: "task-worker" } },
  analyticsEngineDatasets: { MY_DATA: { dataset: "my-data" } },
  workers: [{ name: "task-worker", modules: true, compatibilityDate: "2026-10-01", script: WORKER }],
};
