/** A worker of the activity: polls for labels to print, until it is told to stop. `npx node examples/activity-worker/worker.ts` */
import { hostname } from "node:os";
import {
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";

const ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:activity-worker-labels";

interface Label {
  readonly parcel: string;
  readonly address: string;
}

/** @param signal ends it; the poll that is open then is not cut off where it might just get a task */
export async function printLabels(client: SFNClient, workerName: string, signal: AbortSignal): Promise<void> {
  // The first sheet of a new roll jams.
  let sheets = 0;
  while (!signal.aborted) {
    const task = await client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY, workerName }));
    const { taskToken, input } = task;
    if (taskToken === undefined || taskToken === "") continue;
    const label = JSON.parse(input ?? "") as Label;
    try {
      await client.send(new SendTaskHeartbeatCommand({ taskToken }));
      if (sheets++ === 0) {
        const cause = `The label of ${label.parcel} is stuck in the printer.`;
        await client.send(new SendTaskFailureCommand({ taskToken, error: "PaperJam", cause }));
        continue;
      }
      const output = JSON.stringify({ id: `label-${label.parcel}`, lines: label.address.split(", ").length });
      await client.send(new SendTaskSuccessCommand({ taskToken, output }));
      console.log(`printed the label of ${label.parcel}`);
    } catch (error) {
      // It took too long, or nobody waits any more: the next task may be another try of it.
      if (!(error instanceof TaskTimedOut)) throw error;
    }
  }
}

if (import.meta.main) {
  const endpoint = process.argv[2] ?? "http://localhost:8787";
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort());
  await printLabels(new SFNClient({ endpoint, region: "us-east-1", credentials }), hostname(), stopping.signal);
}
