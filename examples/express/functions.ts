/** A carrier's quote. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { numberIn, objectIn, textIn } from "../input.ts";

const quoteFreight: FunctionHandler = (input) => {
  const tariff = objectIn(input, "tariff");
  return {
    vehicle: textIn(tariff, "vehicle"),
    cents: numberIn(tariff, "centsPerKilometer") * numberIn(input, "kilometers"),
  };
};

export const expressFunctions: Readonly<Record<string, FunctionHandler>> = { "quote-freight": quoteFreight };
