/** A bank that takes a charge at the second attempt. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, numberIn, objectIn, textIn } from "../input.ts";

/** Known by its order: an attempt that was lost and the next one are the same charge. */
const chargeCard: FunctionHandler = (input, { retryCount }) => {
  if (textIn(input, "card") === "") throw errorNamed("CardRefused", "There is no card.");
  if (retryCount === 0) throw errorNamed("BankBusy", "The bank asks to try again later.");
  return { id: `charge-${textIn(input, "order")}`, cents: numberIn(input, "cents") };
};

const confirmPayment: FunctionHandler = (input) => {
  const charge = objectIn(input, "charge");
  return {
    order: textIn(input, "order"),
    paid: (numberIn(charge, "cents") / 100).toFixed(2),
    by: textIn(charge, "id"),
  };
};

export const paymentFunctions: Readonly<Record<string, FunctionHandler>> = {
  "charge-card": chargeCard,
  "confirm-payment": confirmPayment,
};
