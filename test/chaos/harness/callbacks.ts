/** Answers callbacks, each of them twice; remembers which answers were acknowledged. */
import type { ChaosClient } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { Random } from "./random.ts";

export interface Callbacks {
  answer(taskToken: string): void;
  /** The outputs that were acknowledged, by token. */
  readonly acknowledged: ReadonlyMap<string, ReadonlySet<string>>;
  readonly sent: number;
  /** Settles when all are answered. */
  settled(): Promise<void>;
}

export function callbacks(
  client: ChaosClient,
  random: Random,
  findings: Findings,
  onSend: () => void = () => undefined,
): Callbacks {
  const acknowledged = new Map<string, Set<string>>();
  const open = new Set<Promise<void>>();
  const state = { sent: 0 };

  const send = async (taskToken: string, output: string): Promise<void> => {
    state.sent += 1;
    onSend();
    const { status, body } = await client.call("SendTaskSuccess", { taskToken, output });
    if (status === 200) {
      acknowledged.set(taskToken, (acknowledged.get(taskToken) ?? new Set()).add(output));
    } else if (!String(body["__type"]).includes("TaskTimedOut")) {
      findings.add("wrong", `a callback was answered with ${status} ${JSON.stringify(body)}`);
    }
  };

  return {
    acknowledged,
    get sent() {
      return state.sent;
    },
    answer: (taskToken) => {
      // The second is the repeated request of a client that heard nothing, or another answer.
      const first = JSON.stringify(`answer ${random.below(1e9)}`);
      const second = random.hits(0.5) ? first : JSON.stringify(`answer ${random.below(1e9)}`);
      const both = Promise.all([send(taskToken, first), send(taskToken, second)]).then(() => undefined);
      open.add(both);
      void both.finally(() => open.delete(both));
    },
    settled: async () => {
      while (open.size > 0) await Promise.all(open);
    },
  };
}
