/** The mail of the worker that comes by the clock. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { objectIn, textIn } from "../input.ts";

/** "Sends" the mail: it writes it to the log. */
const mailRefundLink: FunctionHandler = (input) => {
  const to = textIn(input, "to");
  console.log(`To ${to}: ${textIn(objectIn(input, "Approval"), "Title")}\n  ${textIn(input, "link")}`);
  return { asked: to };
};

export const pullActivityFunctions: Readonly<Record<string, FunctionHandler>> = { "mail-refund-link": mailRefundLink };
