/** The functions that the example workflows call; they run in the Worker itself. */
import type { FunctionHandler } from "../src/runtime/tasks/functions.ts";
import { approvalFunctions } from "./approval/functions.ts";
import { catchFunctions } from "./catch/functions.ts";
import { choiceFunctions } from "./choice/functions.ts";
import { imageMapFunctions } from "./image-map/functions.ts";
import { parallelFunctions } from "./parallel/functions.ts";
import { retryFunctions } from "./retry/functions.ts";
import { sequenceFunctions } from "./sequence/functions.ts";
import { waitForCallbackFunctions } from "./wait-for-callback/functions.ts";

export const exampleFunctions: Readonly<Record<string, FunctionHandler>> = {
  ...approvalFunctions,
  ...catchFunctions,
  ...choiceFunctions,
  ...imageMapFunctions,
  ...parallelFunctions,
  ...retryFunctions,
  ...sequenceFunctions,
  ...waitForCallbackFunctions,
};
