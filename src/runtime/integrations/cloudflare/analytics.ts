/** `analytics:writeDataPoint`: a row in Analytics Engine, which takes it without an answer. */
import { action, type CloudflareActions } from "./request.ts";

export const analytics: CloudflareActions = {
  writeDataPoint: action(
    { Dataset: "text", Blobs: "list?", Doubles: "list?", Indexes: "list?" },
    async ({ Dataset, Blobs = [], Doubles = [], Indexes = [] }, request) => {
      request.binding("analytics", Dataset).writeDataPoint({
        blobs: Blobs as string[],
        doubles: Doubles as number[],
        indexes: Indexes as string[],
      });
      return {};
    },
  ),
};
