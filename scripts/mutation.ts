/**
 * How many faults put into the sources by chance the tests find: `npm run mutation -- --scope core --share 0.1 --record`.
 *
 * Stryker makes the mutants and runs the tests that reach each. A mutant that the compiler refuses could never be shipped: the
 * survivors are compiled, and those that do not compile are left out. What still survives is printed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeRecord } from "./reliability/record.ts";

interface Scope {
  readonly what: string;
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
  /** Faults in what a module makes when it is loaded are left out: each would have all tests run. */
  readonly ignoreStatic?: boolean;
  /** What fewer fail at, in percent. */
  readonly least: number;
}

const SCOPES: Readonly<Record<string, Scope>> = {
  core: {
    what: "the language and the engine, but for tables and patterns that are made once",
    mutate: ["src/{asl,data,engine}/**/*.ts"],
    tests: ["test/{services,asl,data,engine,express,hostile}/**/*.test.ts"],
    ignoreStatic: true,
    least: 85,
  },
  access: {
    what: "signatures, keys and policies",
    mutate: ["src/api/auth/*.ts", "src/runtime/access-keys.ts"],
    tests: ["test/api/{authorization,credentials,door,keys,policies,sigv4}.test.ts"],
    least: 95,
  },
};

interface MutantResult {
  readonly status: string;
  readonly statusReason?: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** From 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly MutantResult[] }>>;
}

const { values } = parseArgs({
  options: {
    scope: { type: "string", default: "core" },
    share: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    concurrency: { type: "string", default: "2" },
    mutate: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const scope = SCOPES[values.scope];
if (scope === undefined) throw new Error(`--scope takes ${Object.keys(SCOPES).join(", ")}`);

const FOLDER = ".cache/mutation";
const startedAt = Date.now();
runStryker(scope);
const isEnough = report(scope);
process.exitCode = isEnough ? 0 : 1;

function runStryker({ mutate, tests, ignoreStatic = false }: Scope): void {
  mkdirSync(FOLDER, { recursive: true });
  const vitestConfig = `${FOLDER}/vitest.config.ts`;
  writeFileSync(
    vitestConfig,
    `export default { root: process.cwd(), test: { include: ${JSON.stringify(tests)}, environment: "node", testTimeout: 60_000 } };\n`,
  );
  const config = {
    plugins: ["@stryker-mutator/vitest-runner", `${process.cwd()}/scripts/mutation/drawn-mutants.ts`],
    testRunner: "vitest",
    vitest: { configFile: vitestConfig, related: false },
    // Stryker rewrites the compiler's settings by an interface that TypeScript 7 has no more; the tests need none of them.
    tsconfigFile: "none",
    checkers: ["drawn"],
    coverageAnalysis: "perTest",
    ignoreStatic,
    mutate: values.mutate === undefined ? mutate : [values.mutate],
    concurrency: Number(values.concurrency),
    // A mutant that does not end counts as found: a busy machine must not look like one.
    timeoutMS: 30_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 30,
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: `${FOLDER}/report.json` },
    tempDirName: ".cache/stryker",
    cleanTempDir: "always",
    ignorePatterns: [".wrangler", "docs", "public", "bench"],
  };
  writeFileSync(`${FOLDER}/stryker.json`, JSON.stringify(config, undefined, 2));
  const { status } = spawnSync("stryker", ["run", `${FOLDER}/stryker.json`], {
    stdio: "inherit",
    env: { ...process.env, MUTATION_SHARE: values.share, MUTATION_SEED: values.seed },
  });
  if (status !== 0) throw new Error("Stryker did not come to its end");
}

/** Whether the score is as high as it has to be. */
function report({ what, least, ignoreStatic = false }: Scope): boolean {
  const { files } = JSON.parse(readFileSync(`${FOLDER}/report.json`, "utf8")) as Report;
  const all = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ file, source, mutant })),
  );
  const drawn = all.filter(({ mutant }) => !["CompileError", "Ignored", "RuntimeError"].includes(mutant.status));
  const found = drawn.filter(({ mutant }) => ["Killed", "Timeout"].includes(mutant.status));
  const left = drawn.filter(({ mutant }) => ["Survived", "NoCoverage"].includes(mutant.status));
  const survivors = left.filter(({ file, source, mutant }) => compiles(file, source, mutant));
  for (const { file, source, mutant } of survivors) {
    const { start } = mutant.location;
    const line = source.split("\n")[start.line - 1]?.trim();
    console.log(`${file}:${start.line}:${start.column} ${mutant.mutatorName}\n    ${line}\n  → ${mutant.replacement}`);
  }
  const compiled = found.length + survivors.length;
  const score = Math.round((found.length / compiled) * 1000) / 10;
  // Of a sample: 1.96 standard errors of a share.
  const margin = Number(values.share) < 1 ? 196 * Math.sqrt(((score / 100) * (1 - score / 100)) / compiled) : 0;
  const figures = {
    "mutants of the whole": all.length,
    "of those left out, as made when a module is loaded": ignoreStatic
      ? staticOnes(all.map(({ mutant }) => mutant))
      : 0,
    "drawn and compiled": compiled,
    found: found.length,
    "not found": survivors.length,
    "score, percent": score,
    "margin of the sample, percent": Math.round(margin * 10) / 10,
  };
  console.log(`${what}:`, figures);
  if (values.record)
    writeRecord(
      `mutation-${values.scope}`,
      `npm run mutation -- --scope ${values.scope} --share ${values.share} --seed ${values.seed}`,
      startedAt,
      figures,
    );
  return score >= least;
}

function staticOnes(mutants: readonly MutantResult[]): number {
  return mutants.filter(({ status, statusReason = "" }) => status === "Ignored" && /static/iu.test(statusReason))
    .length;
}

/** Whether the sources compile with the mutant in them. */
function compiles(file: string, source: string, { location, replacement }: MutantResult): boolean {
  const offset = ({ line, column }: Position): number =>
    source
      .split("\n")
      .slice(0, line - 1)
      .reduce((sum, text) => sum + text.length + 1, 0) +
    column -
    1;
  const copy = `${FOLDER}/compiled`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  execFileSync("cp", [
    "-r",
    "src",
    "package.json",
    "wrangler.toml",
    "tsconfig.base.json",
    "tsconfig.core.json",
    "tsconfig.worker.json",
    copy,
  ]);
  execFileSync("ln", ["-s", `${process.cwd()}/node_modules`, `${copy}/node_modules`]);
  writeFileSync(
    `${copy}/${file}`,
    source.slice(0, offset(location.start)) + replacement + source.slice(offset(location.end)),
  );
  const project =
    file.startsWith("src/api") || file.startsWith("src/runtime") ? "tsconfig.worker.json" : "tsconfig.core.json";
  return spawnSync("tsc", ["-b", `${copy}/${project}`]).status === 0;
}
