/** A service that is down for the first two attempts of every execution. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, numberIn, textIn } from "../input.ts";

const FAILING_ATTEMPTS = 2;
const RATES: Readonly<Record<string, number>> = { EUR: 1, USD: 1.25, GBP: 0.8 };

/** Converts an amount of money. */
const ExternalServiceFunction: FunctionHandler = (input, { retryCount }) => {
  if (retryCount < FAILING_ATTEMPTS) {
    throw errorNamed("ServiceException", `The exchange is not available (attempt ${retryCount + 1}).`);
  }
  const to = textIn(input, "to");
  const rate = rateOf(to) / rateOf(textIn(input, "from"));
  return { amount: numberIn(input, "amount") * rate, currency: to, attempts: retryCount + 1 };
};

function rateOf(currency: string): number {
  const rate = Object.hasOwn(RATES, currency) ? RATES[currency] : undefined;
  if (rate === undefined) throw errorNamed("UnknownCurrency", `There is no rate for '${currency}'.`);
  return rate;
}

export const retryFunctions: Readonly<Record<string, FunctionHandler>> = { ExternalServiceFunction };
