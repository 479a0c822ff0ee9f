/** Stepflare, and beside it the least that a route can do: take a POST and answer some JSON. */
import { Hono } from "hono";
import type { Env } from "../../src/env.ts";
import { createStepflare, type QueueMessage, type Stepflare } from "../../src/stepflare.ts";

interface BenchEnv extends Env {
  /** This Worker itself. */
  readonly SELF: Fetcher;
}

const stepflare: Stepflare = createStepflare({ functions: {} });

export const ExecutionObject: Stepflare["ExecutionObject"] = stepflare.ExecutionObject;

const bare = new Hono();
bare.post("/bare", (c) => c.json({ status: "SUCCEEDED" }));

type Handle = (request: Request, env: Env, ctx: ExecutionContext) => Response | Promise<Response>;

const handleBare: Handle = (request, env, ctx) => bare.fetch(request, env, ctx);
const handleStepflare: Handle = async (request, env, ctx) =>
  (await stepflare.worker.fetch?.(request as Request<unknown, IncomingRequestCfProperties>, env, ctx)) ?? notFound();

/** Sends the same request again and again, so many at the same time; answers the milliseconds it took. */
async function drive(request: Request, env: BenchEnv): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const url = `http://localhost${searchParams.get("path") ?? "/"}`;
  const count = Number(searchParams.get("count"));
  const { headers } = request;
  const body = await request.text();
  let begun = 0;
  const began = Date.now();
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const response = await env.SELF.fetch(url, { method: "POST", headers, body });
      const text = await response.text();
      if (!text.includes('"SUCCEEDED"')) throw new Error(`${url} answered ${text}`);
    }
  };
  await Promise.all(Array.from({ length: Number(searchParams.get("concurrency")) }, lane));
  return Response.json({ milliseconds: Date.now() - began });
}

const worker: ExportedHandler<BenchEnv, QueueMessage> = {
  fetch: (request, env, ctx) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/drive") return drive(request, env);
    return pathname === "/bare" ? handleBare(request, env, ctx) : handleStepflare(request, env, ctx);
  },
};
export default worker;

function notFound(): Response {
  return new Response("There is no such route", { status: 404 });
}
