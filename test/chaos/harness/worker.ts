/** Workers of the activity: take a task, answer it, and lose both now and then with the server. */
import type { ChaosClient } from "./client.ts";
import { ACTIVITY } from "./workflows.ts";

export interface ActivityWorkers {
  stop(): Promise<void>;
}

export function startWorkers(client: ChaosClient, count: number): ActivityWorkers {
  const state = { stopped: false };
  const work = async (): Promise<void> => {
    while (!state.stopped) {
      const { body } = await client.call("GetActivityTask", { activityArn: ACTIVITY, workerName: "chaos" });
      const { taskToken } = body;
      if (typeof taskToken === "string" && taskToken !== "") {
        await client.call("SendTaskSuccess", { taskToken, output: '"handled"' });
      }
    }
  };
  const all = Array.from({ length: count }, () => work());
  return {
    stop: async () => {
      state.stopped = true;
      await Promise.all(all);
    },
  };
}
