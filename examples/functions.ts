/** The functions that the example workflows call; they run in the Worker itself. */
import type { FunctionHandler } from "../src/runtime/tasks/functions.ts";

export const exampleFunctions: Readonly<Record<string, FunctionHandler>> = {};
