/**
 * `npm run soak -- --minutes 30`: steady load at 60 % of what this machine can do. It passes where the runtime takes no more
 * memory, descriptors or disk for each execution in the second half than in the first. How long executions take is shown and not
 * judged: it says as much of what else the machine does.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../test/chaos/harness/bundle.ts";
import { runSoak } from "../test/chaos/harness/soak.ts";
import { writeRecord } from "./reliability/record.ts";

/** Shorter runs are still warming up: their slope is shown and not judged. */
const JUDGED_MINUTES = 10;
const MOST_MIB_PER_MINUTE = 1;
const MOST_GROWTH = 1.2;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    port: { type: "string", default: "9151" },
    users: { type: "string", default: "96" },
  },
});
const minutes = Number(values.minutes);
const startedAt = Date.now();
const folder = mkdtempSync(join(tmpdir(), "stepflare-soak-"));
try {
  const { findings, ...result } = await runSoak({
    minutes,
    port: Number(values.port),
    users: Number(values.users),
    bundle: bundle(join(folder, "bundle")),
    persistTo: join(folder, "state"),
    log: console.log,
  });
  const [descriptorsBefore, descriptorsAfter] = result.mostDescriptors;
  const [bytesBefore, bytesAfter] = result.bytesPerExecution;
  const [p99Before, p99After] = result.p99Ms;
  const figures = {
    minutes,
    executions: result.executions,
    "executions per second": Math.round(result.perSecond),
    findings: findings.total,
    "resident memory grows, MiB per minute": Number(result.residentMiBPerMinute.toFixed(2)),
    "descriptors at most, first and second half": `${descriptorsBefore} and ${descriptorsAfter}`,
    "bytes stored for each execution, first and second half": `${bytesBefore} and ${bytesAfter}`,
    "p99 ms, first and second half": `${p99Before} and ${p99After}`,
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(56)} ${value}`);
  for (const example of findings.examples) console.log(example);
  const faults = [
    ...(findings.total > 0 ? ["something was lost or refused"] : []),
    ...(bytesAfter > bytesBefore * MOST_GROWTH ? ["an execution takes more and more disk"] : []),
    ...(minutes >= JUDGED_MINUTES && result.residentMiBPerMinute > MOST_MIB_PER_MINUTE ? ["memory grows"] : []),
    ...(minutes >= JUDGED_MINUTES && descriptorsAfter > descriptorsBefore * MOST_GROWTH ? ["descriptors grow"] : []),
  ];
  for (const fault of faults) console.log(`soak: ${fault}`);
  if (faults.length === 0 && minutes >= JUDGED_MINUTES) {
    writeRecord("soak", `npm run soak -- --minutes ${minutes}`, startedAt, figures);
  }
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
