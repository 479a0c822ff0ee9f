/** How much memory the runtime of a bench's Worker takes: the resident sets of its processes, as Linux tells them. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const SAMPLE_EVERY_MS = 50;
const KIBIBYTE = 1024;

/** Bytes; undefined where the system does not tell. @param group of the server's processes */
export function runtimeMemory(group: number): number | undefined {
  let bytes: number | undefined;
  for (const pid of processesOf(group)) {
    const resident = /^VmRSS:\s+(\d+) kB$/mu.exec(readIfThere(`/proc/${pid}/status`))?.[1];
    if (resident !== undefined) bytes = (bytes ?? 0) + Number(resident) * KIBIBYTE;
  }
  return bytes;
}

/** The runtime's own. @param group of the server's processes */
export function processesOf(group: number): readonly number[] {
  return processes()
    .filter((pid) => {
      const stat = readIfThere(`/proc/${pid}/stat`);
      // `pid (name) state parent group …`; a name may hold anything but ends with the last parenthesis.
      const [, , ofGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(ofGroup) === group && stat.includes("(workerd)");
    })
    .map(Number);
}

/** The most that it takes while that work is done. */
export async function peakMemory<T>(
  group: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly before: number | undefined; readonly peak: number | undefined }> {
  const before = runtimeMemory(group);
  let peak = before;
  const over = new AbortController();
  const sampling = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const now = runtimeMemory(group);
      if (now !== undefined) peak = Math.max(peak ?? 0, now);
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  try {
    return { result: await work(), before, peak };
  } finally {
    over.abort();
    await sampling;
  }
}

function processes(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  } catch {
    return [];
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
