/** A question to a person, who answers by a link. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { objectIn, textIn } from "../input.ts";

/** "Sends" the mail: it writes it to the log. */
const SendApprovalMail: FunctionHandler = (input) => {
  const to = textIn(input, "to");
  console.log(`To ${to}: ${textIn(objectIn(input, "Approval"), "Title")}\n  ${textIn(input, "link")}`);
  return { asked: to };
};

export const approvalFunctions: Readonly<Record<string, FunctionHandler>> = { SendApprovalMail };
