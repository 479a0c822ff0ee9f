/** A task that sends a message and waits for whoever gets it, killed at every seam: it ends, and the message is one. */
import { expect, test, vi } from "vitest";
import { storeQueuePlan } from "../../src/runtime/queues/queues.ts";
import { planOf } from "../messages/words.ts";
import { Platform, type Loss } from "./platform.ts";

const ACCOUNT = "arn:aws:states:us-east-1:123456789012";
const EXECUTION = `${ACCOUNT}:execution:main:run`;
const DEFINITION = {
  StartAt: "Send",
  States: {
    Send: {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      Parameters: { QueueUrl: "orders", MessageBody: { "token.$": "$$.Task.Token" } },
      End: true,
    },
  },
};

interface Lived {
  readonly end: unknown;
  readonly ids: ReadonlySet<string>;
  readonly seams: number;
  readonly deaths: number;
}

async function lived(deaths: readonly number[], loss: Loss): Promise<Lived> {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const ids = new Set<string>();
  const platform: Platform = new Platform({
    deaths: new Set(deaths),
    loss,
    functions: {
      clerk: async (input) => {
        for (const { messageId, body } of (input as unknown as { Records: { messageId: string; body: string }[] })
          .Records) {
          ids.add(messageId);
          const { token } = JSON.parse(body) as { token: string };
          await platform.send("SendTaskSuccess", { taskToken: token, output: '"answered"' });
        }
        return null;
      },
    },
  });
  try {
    const db = platform.db as unknown as Parameters<typeof storeQueuePlan>[0];
    await storeQueuePlan(
      db,
      planOf("orders", { function: "clerk", maxReceiveCount: 100, visibilityTimeoutSeconds: 1 }),
    );
    const roleArn = "arn:aws:iam::123456789012:role/any";
    const machine = { name: "main", definition: JSON.stringify(DEFINITION), roleArn };
    await platform.until(platform.send("CreateStateMachine", machine));
    const stateMachineArn = `${ACCOUNT}:stateMachine:main`;
    await platform.until(platform.send("StartExecution", { stateMachineArn, name: "run", input: "{}" }));
    const ended = async (): Promise<unknown> => {
      for (;;) {
        const { body } = await platform.send("DescribeExecution", { executionArn: EXECUTION });
        if (body["status"] !== "RUNNING") return [body["status"], body["output"]];
        await platform.clock.sleep(500);
      }
    };
    const end = await platform.until(ended(), 20_000);
    return { end, ids, seams: platform.seams.length, deaths: platform.deaths };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  }
}

test.each<Loss>(["object", "runtime"])(
  "the %s is lost at each seam: the task ends once, of one message",
  async (loss) => {
    const undisturbed = await lived([], loss);
    expect([undisturbed.end, undisturbed.ids.size]).toEqual([["SUCCEEDED", '"answered"'], 1]);
    expect(undisturbed.seams).toBeGreaterThan(20);
    for (let k = 1; k <= undisturbed.seams; k++) {
      const { end, ids, deaths } = await lived([k], loss);
      expect([k, deaths, end, [...ids]]).toEqual([k, 1, undisturbed.end, [...undisturbed.ids]]);
    }
  },
);
