/**
 * What a bench's Worker and the simulators beside it hold in memory, told by V8's inspector after a collection: the resident set
 * counts garbage, and pages that the allocator keeps, as well.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processesOf } from "./memory.ts";

const SAMPLE_EVERY_MS = 500;

export interface LiveHeap {
  /** Bytes of the isolate in which Stepflare runs, its objects included. */
  readonly worker: number;
  /** Bytes of all others: the simulators of R2, D1 and queues. */
  readonly simulators: number;
}

interface Target {
  readonly title: string;
  readonly webSocketDebuggerUrl: string;
}

/** As `Runtime.getHeapUsage` answers it. */
interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

/** Undefined where the runtime has no inspector, or the system does not tell where it is. @param group of the server's processes */
async function liveHeap(group: number): Promise<LiveHeap | undefined> {
  let [worker, simulators] = [0, 0];
  for (const port of processesOf(group).filter(hasInspector).flatMap(portsOf)) {
    for (const target of await targetsAt(port)) {
      const bytes = await heapOf(target);
      if (isStepflare(target)) worker += bytes;
      else simulators += bytes;
    }
  }
  return worker === 0 ? undefined : { worker, simulators };
}

/** The most that is held while that work is done; each look collects the garbage first. */
export async function peakHeap<T>(
  group: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: LiveHeap | undefined }> {
  let peak: LiveHeap | undefined;
  const over = new AbortController();
  const sampling = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const now = await liveHeap(group);
      if (now === undefined) return;
      const before = peak ?? now;
      peak = {
        worker: Math.max(before.worker, now.worker),
        simulators: Math.max(before.simulators, now.simulators),
      };
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  try {
    const result = await work();
    return { result, peak };
  } finally {
    over.abort();
    await sampling;
  }
}

/** The runtime calls the Worker of wrangler.toml `core:user:<name>`. */
function isStepflare({ title }: Target): boolean {
  return title.includes("core:user:");
}

async function targetsAt(port: number): Promise<readonly Target[]> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(2_000) });
    const targets: unknown = await response.json();
    return Array.isArray(targets) ? (targets as Target[]) : [];
  } catch {
    // Another of its ports.
    return [];
  }
}

async function heapOf({ webSocketDebuggerUrl }: Target): Promise<number> {
  const socket = new WebSocket(webSocketDebuggerUrl);
  await new Promise((settle, fail) => {
    socket.addEventListener("open", settle, { once: true });
    socket.addEventListener("error", fail, { once: true });
  });
  let id = 0;
  const ask = (method: string): Promise<unknown> => {
    const asked = (id += 1);
    return new Promise((settle) => {
      const hear = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown };
        if (answer.id !== asked) return;
        socket.removeEventListener("message", hear);
        settle(answer.result);
      };
      socket.addEventListener("message", hear);
      socket.send(JSON.stringify({ id: asked, method }));
    });
  };
  try {
    await ask("HeapProfiler.enable");
    await ask("HeapProfiler.collectGarbage");
    const {
      usedSize,
      embedderHeapUsedSize = 0,
      backingStorageSize = 0,
    } = (await ask("Runtime.getHeapUsage")) as HeapUsage;
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  } finally {
    socket.close();
  }
}

/** wrangler has a second runtime, a proxy, without one. */
function hasInspector(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--inspector-addr");
}

/** The TCP ports that the process listens on. */
function portsOf(pid: number): readonly number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/u.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined;
      }
    }),
  );
  const lines = readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1);
  return lines.flatMap((line) => {
    // `slot: local:port remote:port state … inode`
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/u);
    const isListening = state === "0A" && sockets.has(inode);
    return isListening ? [Number.parseInt(local.slice(local.indexOf(":") + 1), 16)] : [];
  });
}
