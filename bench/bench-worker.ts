/** Runs a bench's Worker on this machine, with an empty state of its own that is gone afterwards. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startDevServer, type DevServer } from "../scripts/dev-server.ts";

const PROJECT: string = resolve(import.meta.dirname, "..");
const WRANGLER: string = join(PROJECT, "node_modules/wrangler/bin/wrangler.js");

/** @param configPath relative to the project's folder; `bench` hears where its Worker answers, and which processes it is */
export async function withBenchWorker<T>(
  configPath: string,
  bench: (endpoint: string, processGroup: number | undefined) => Promise<T>,
): Promise<T> {
  const persistTo = mkdtempSync(join(tmpdir(), "stepflare-bench-"));
  let server: DevServer | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    rmSync(persistTo, { recursive: true, force: true });
  };
  const interrupted = (): void => void stop().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    applyMigrations(configPath, persistTo);
    server = await startDevServer({ port: await freePort(), persistTo, configPath, logLevel: "warn", onLine: report });
    return await bench(server.endpoint, server.processGroup);
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await stop();
  }
}

function applyMigrations(configPath: string, persistTo: string): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [WRANGLER, "d1", "migrations", "apply", "CATALOGUE", "--local", "--persist-to", persistTo, "--config", configPath],
    { cwd: PROJECT, env: { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false" }, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`The local database could not be prepared:\n${stdout}${stderr}`);
}

/** What the Worker complains about belongs to the bench's result. */
function report(line: string): void {
  if (line !== "") console.error(line);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((settle, fail) => server.once("error", fail).listen(0, settle));
  const { port } = server.address() as AddressInfo;
  await new Promise((settle) => server.close(settle));
  return port;
}
