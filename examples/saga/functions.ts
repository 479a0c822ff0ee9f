/** A travel agency. What the input lists as `soldOut` cannot be had. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, listIn, textIn } from "../input.ts";

/** The number says whose and what: booking the same again is the same booking. */
const booking =
  (what: string): FunctionHandler =>
  (input) => {
    if (listIn(input, "soldOut").includes(what)) {
      throw errorNamed("SoldOut", `There is no ${what} left in ${textIn(input, "to")}.`);
    }
    return { what, number: `${what}-${textIn(input, "to")}-${textIn(input, "traveler")}`, status: "BOOKED" };
  };

/** The hotel's desk does not answer at the first call; a cancellation is repeated until it is through. */
const cancelBooking: FunctionHandler = (input, { retryCount }) => {
  const what = textIn(input, "what");
  if (what === "hotel" && retryCount === 0) throw errorNamed("NobodyAtTheDesk", "The hotel does not answer.");
  return { what, number: textIn(input, "number"), status: "CANCELED" };
};

export const sagaFunctions: Readonly<Record<string, FunctionHandler>> = {
  "book-flight": booking("flight"),
  "book-hotel": booking("hotel"),
  "rent-car": booking("car"),
  "cancel-booking": cancelBooking,
};
