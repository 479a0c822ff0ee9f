/** A payment whose card says in its name how it ends: "declined", "unreadable", or anything else for a good one. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, numberIn, objectIn, textIn } from "../input.ts";

const processTransaction: FunctionHandler = (input) => {
  const card = textIn(input, "card");
  if (card === "declined") throw errorNamed("TransactionFailure", "The bank declined the card.");
  if (card === "unreadable") throw errorNamed("CardReaderBroken", "The card reader answered with noise.");
  return { customer: textIn(input, "customer"), chargedCents: numberIn(input, "amountCents") };
};

/** Takes back what may have been reserved, and keeps the reason. */
const handleFailure: FunctionHandler = (input) => ({
  customer: textIn(input, "customer"),
  releasedCents: numberIn(input, "amountCents"),
  failure: textIn(objectIn(input, "failure"), "Error"),
});

const notifySupport: FunctionHandler = (input) => {
  const failure = objectIn(input, "failure");
  const message = `A payment of ${textIn(input, "customer")} needs a look: ${textIn(failure, "Error")}`;
  console.log(`To support@example.com: ${message}`);
  return { notified: "support@example.com", message };
};

const completeTransaction: FunctionHandler = (input) => ({
  receipt: `${textIn(input, "customer")} paid ${(numberIn(input, "chargedCents") / 100).toFixed(2)} EUR`,
});

export const catchFunctions: Readonly<Record<string, FunctionHandler>> = {
  "process-transaction": processTransaction,
  "handle-failure": handleFailure,
  "notify-support": notifySupport,
  "complete-transaction": completeTransaction,
};
