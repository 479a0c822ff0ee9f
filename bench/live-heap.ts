/**
 * What a bench's Worker and the simulators beside it hold in memory, as V8's inspector tells: the resident set counts garbage,
 * and pages that the allocator keeps, as well. Only the Worker's isolate can be made to collect its garbage first.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processesOf } from "./memory.ts";

const SAMPLE_EVERY_MS = 2_000;

export interface LiveHeap {
  /** Bytes of the isolate in which Stepflare runs, its objects included. */
  readonly worker: number;
  /** Bytes of all others, the simulators of R2, D1 and queues, garbage included. */
  readonly simulators: number;
}

/** What wrangler calls the Worker, whose own inspector it keeps for itself. */
const PROXIED = "Cloudflare Worker";
/** What the runtime calls it. */
const WORKER = "core:user:";

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

/** Undefined where the runtime has no inspector, or the system does not tell where it is. @param ports where it may be */
async function liveHeap(ports: readonly number[]): Promise<LiveHeap | undefined> {
  let [worker, simulators] = [0, 0];
  for (const port of ports) {
    for (const target of await targetsAt(port)) {
      if (target.title === PROXIED) worker += await heapOf(target, true);
      else if (!target.title.includes(WORKER)) simulators += await heapOf(target, false);
    }
  }
  return worker === 0 ? undefined : { worker, simulators };
}

/** The ports of the inspectors: the runtime's own, and wrangler's proxy for the Worker. @param group of the server's processes */
async function inspectorPorts(group: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const port of processesOf(group).flatMap(portsOf)) {
    if ((await targetsAt(port)).length > 0) found.push(port);
  }
  return found;
}

/** The most that is held while that work is done; each look collects the garbage first. */
export async function peakHeap<T>(
  group: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: LiveHeap | undefined }> {
  const ports = await inspectorPorts(group);
  let peak: LiveHeap | undefined;
  const over = new AbortController();
  const sampling = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const now = await liveHeap(ports);
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

async function heapOf({ webSocketDebuggerUrl }: Target, collects: boolean): Promise<number> {
  // wrangler lets in whoever names an origin of this machine; Node's own type does not know of headers.
  const options = { headers: { Origin: "http://localhost" } } as unknown as string[];
  const socket = new WebSocket(webSocketDebuggerUrl, options);
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
    if (collects) {
      await ask("HeapProfiler.enable");
      await ask("HeapProfiler.collectGarbage");
    }
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
