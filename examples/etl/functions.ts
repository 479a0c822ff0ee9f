/** Sales of a day: cells of a CSV file become numbers, and numbers totals. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { listIn, numberIn, textIn } from "../input.ts";

/** Rows whose numbers are none are left out. */
const cleanSales: FunctionHandler = (input) =>
  listIn(input, "Items").flatMap((row) => {
    const count = Number(textIn(row, "count"));
    const unitCents = Number(textIn(row, "unitCents"));
    const isSound = Number.isInteger(count) && count > 0 && Number.isInteger(unitCents);
    return isSound ? [{ shop: textIn(row, "shop").trim().toLowerCase(), cents: count * unitCents }] : [];
  });

const addUpShops: FunctionHandler = (input) => {
  const totals = new Map<string, number>();
  const sales = listIn(input, "sales");
  for (const sale of sales) {
    const shop = textIn(sale, "shop");
    totals.set(shop, (totals.get(shop) ?? 0) + numberIn(sale, "cents"));
  }
  const shops = [...totals].map(([shop, cents]) => ({ shop, cents })).toSorted((a, b) => b.cents - a.cents);
  return { sales: sales.length, shops };
};

export const etlFunctions: Readonly<Record<string, FunctionHandler>> = {
  "clean-sales": cleanSales,
  "add-up-shops": addUpShops,
};
