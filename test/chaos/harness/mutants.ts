/** Bugs to be put in: a chaos run that does not find each of them would not find a real one either. */
import type { Patch } from "./bundle.ts";
import type { Kind } from "./findings.ts";

export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Only chunks, which may take a minute by design, show it. */
  readonly needsChunks?: true;
  /** What the run is to find, at least one of them. */
  readonly finds: readonly Kind[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no alarm is set",
    patches: [{ file: "src/runtime/earliest-alarm.ts", from: "this.#host.setAlarm(next);", to: "" }],
    finds: ["stuck", "index"],
  },
  {
    name: "a start that is repeated begins anew",
    patches: [
      {
        file: "src/runtime/execution-object.ts",
        from: "const { execution } = known ?? (await this.#driver.begin(request));",
        to: "const { execution } = await this.#driver.begin(request);",
      },
    ],
    finds: ["duplicated", "gaps"],
  },
  {
    name: "a start is acknowledged before it is committed",
    patches: [
      {
        file: "src/runtime/execution-object.ts",
        from: "const { execution } = known ?? (await this.#driver.begin(request));",
        to: `const later = () => this.#driver.exclusive(async () => (await this.#driver.load()) ?? (await this.#driver.begin(request)));
        if (known === undefined) setTimeout(() => void later(), 300);
        const execution = known?.execution ?? { facts: { startedAt: Date.now() } };`,
      },
    ],
    finds: ["lost", "stuck", "duplicated"],
  },
  {
    name: "a callback is acknowledged although its task is closed",
    patches: [
      {
        file: "src/runtime/execution-object.ts",
        from: `if (!task) return refuse("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");`,
        to: "if (!task) return accept(null);",
      },
    ],
    finds: ["duplicated", "absent"],
  },
  {
    name: "a message that was sent is believed to arrive, and to be worked on",
    patches: [
      {
        file: "src/runtime/execution-driver.ts",
        from: "this.#notices.announcedVersion = driver.announcedVersion;",
        to: "this.#notices.announcedVersion = driver.statusVersion;",
      },
      { file: "src/runtime/map/chunk-claims.ts", from: "const SENT_MS = 60_000;", to: "const SENT_MS = 1e12;" },
      { file: "src/runtime/map/chunk-claims.ts", from: "const CLAIMED_MS = 30_000;", to: "const CLAIMED_MS = 1e12;" },
      { file: "src/runtime/map/lost-workers.ts", from: "const EXPECTED_MS = 15_000;", to: "const EXPECTED_MS = 1e12;" },
    ],
    needsChunks: true,
    finds: ["stuck", "index"],
  },
  {
    name: "calls that were lost are not made again",
    patches: [
      {
        file: "src/runtime/tasks/task-calls.ts",
        from: "if (!this.#underWay.has(command.taskId)) this.make(command, loaded);",
        to: "void command;",
      },
    ],
    finds: ["stuck", "index"],
  },
];
