/** A question to a person, and what becomes of the answer. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { objectIn, partOf, textIn } from "../input.ts";

/** "Sends" the question: it writes it to the log, with the token that answers it. */
const MyCallbackFunction: FunctionHandler = (input) => {
  const request = objectIn(input, "Input");
  const approver = textIn(request, "approver");
  const question = textIn(request, "question");
  console.log(`To ${approver}: ${question}\n  answer with this task token: ${textIn(input, "TaskToken")}`);
  return { asked: approver, question };
};

const ProcessResultFunction: FunctionHandler = (input) => {
  const request = objectIn(input, "input");
  const answer = objectIn(input, "answer");
  const approved = partOf(answer, "approved") === true;
  const by = partOf(answer, "by") === undefined ? textIn(request, "approver") : textIn(answer, "by");
  const summary = `${by} ${approved ? "said yes" : "said no"}: ${textIn(request, "question")}`;
  return { approved, summary };
};

export const waitForCallbackFunctions: Readonly<Record<string, FunctionHandler>> = {
  MyCallbackFunction,
  ProcessResultFunction,
};
