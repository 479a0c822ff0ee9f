/** A post office. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { numberIn, objectIn, textIn } from "../input.ts";

/** Up to so many grams, cents. */
const TARIFF = [
  [1_000, 490],
  [5_000, 690],
  [Number.POSITIVE_INFINITY, 1_690],
] as const;

const weighParcel: FunctionHandler = (input) => {
  const parcel = objectIn(input, "parcel");
  const grams = numberIn(parcel, "grams");
  const cents = TARIFF.find(([upTo]) => grams <= upTo)?.[1] ?? 0;
  return { id: textIn(parcel, "id"), label: `${numberIn(input, "number")} of ${numberIn(input, "of")}`, cents };
};

const addUpPostage: FunctionHandler = (input) => {
  const parcels = Array.isArray(input) ? input : [];
  const cents = parcels.reduce<number>((sum, parcel) => sum + numberIn(parcel, "cents"), 0);
  return { parcels: parcels.length, cents, last: textIn(parcels.at(-1), "label") };
};

export const batchFunctions: Readonly<Record<string, FunctionHandler>> = {
  "weigh-parcel": weighParcel,
  "add-up-postage": addUpPostage,
};
