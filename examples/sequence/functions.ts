/** An order: its total, the stock that is left, and the message to the customer. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, listIn, numberIn, partOf, textIn } from "../input.ts";

const STOCK: Readonly<Record<string, number>> = { lamp: 12, bulb: 80 };

const processOrder: FunctionHandler = (input, { executionArn }) => {
  const items = listIn(input, "items");
  const totalCents = items.reduce<number>(
    (sum, item) => sum + numberIn(item, "count") * numberIn(item, "unitCents"),
    0,
  );
  const orderId = `order-${executionArn.slice(-6)}`;
  return { orderId, customer: textIn(input, "customer"), items, totalCents };
};

const updateInventory: FunctionHandler = (input) => {
  const left = listIn(input, "items").map((item) => {
    const article = textIn(item, "article");
    const stock = (Object.hasOwn(STOCK, article) ? STOCK[article] : undefined) ?? 0;
    const count = stock - numberIn(item, "count");
    if (count < 0) throw errorNamed("OutOfStock", `Of '${article}' only ${stock} are left.`);
    return { article, count };
  });
  return {
    orderId: textIn(input, "orderId"),
    customer: textIn(input, "customer"),
    totalCents: numberIn(input, "totalCents"),
    left,
  };
};

/** Also the last function of the catch example: with a `failure` in the input the message is another one. */
const notifyCustomer: FunctionHandler = (input) => {
  const customer = textIn(input, "customer");
  const failed = partOf(input, "failure") !== undefined;
  const message = failed
    ? "We could not charge your card. Nothing was booked."
    : `Thank you! Your order costs ${(numberIn(input, "totalCents") / 100).toFixed(2)} EUR.`;
  console.log(`To ${customer}: ${message}`);
  return { notified: customer, message };
};

export const sequenceFunctions: Readonly<Record<string, FunctionHandler>> = {
  "process-order": processOrder,
  "update-inventory": updateInventory,
  "notify-customer": notifyCustomer,
};
