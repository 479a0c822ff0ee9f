/** The functions that the example workflows call; they run in the Worker itself. */
import type { FunctionHandler } from "../src/runtime/tasks/functions.ts";
import { approvalFunctions } from "./approval/functions.ts";
import { batchFunctions } from "./batch/functions.ts";
import { catchFunctions } from "./catch/functions.ts";
import { choiceFunctions } from "./choice/functions.ts";
import { contactFormFunctions } from "./contact-form/functions.ts";
import { eventCallbackFunctions } from "./event-callback/functions.ts";
import { etlFunctions } from "./etl/functions.ts";
import { expressFunctions } from "./express/functions.ts";
import { imageMapFunctions } from "./image-map/functions.ts";
import { imagePipelineFunctions } from "./image-pipeline/functions.ts";
import { jobPollerFunctions } from "./job-poller/functions.ts";
import { nestedFunctions } from "./nested/functions.ts";
import { observedFunctions } from "./observed/functions.ts";
import { parallelFunctions } from "./parallel/functions.ts";
import { paymentFunctions } from "./payment/functions.ts";
import { pullActivityFunctions } from "./pull-activity/functions.ts";
import { pushActivityFunctions } from "./push-activity/functions.ts";
import { retryFunctions } from "./retry/functions.ts";
import { sagaFunctions } from "./saga/functions.ts";
import { sequenceFunctions } from "./sequence/functions.ts";
import { stagesFunctions } from "./stages/functions.ts";
import { waitForCallbackFunctions } from "./wait-for-callback/functions.ts";

export const exampleFunctions: Readonly<Record<string, FunctionHandler>> = {
  ...approvalFunctions,
  ...batchFunctions,
  ...catchFunctions,
  ...choiceFunctions,
  ...etlFunctions,
  ...contactFormFunctions,
  ...eventCallbackFunctions,
  ...expressFunctions,
  ...imageMapFunctions,
  ...imagePipelineFunctions,
  ...jobPollerFunctions,
  ...nestedFunctions,
  ...observedFunctions,
  ...parallelFunctions,
  ...paymentFunctions,
  ...pullActivityFunctions,
  ...pushActivityFunctions,
  ...retryFunctions,
  ...sagaFunctions,
  ...sequenceFunctions,
  ...stagesFunctions,
  ...waitForCallbackFunctions,
};
