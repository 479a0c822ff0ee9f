/** The carrier. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, textIn } from "../input.ts";

const handOverParcel: FunctionHandler = (input) => {
  const address = textIn(input, "address");
  if (address === "") throw errorNamed("NoAddress", "There is nothing written on the parcel.");
  return { parcel: textIn(input, "parcel"), handedTo: address.split(",")[0] ?? address };
};

export const pushActivityFunctions: Readonly<Record<string, FunctionHandler>> = { "hand-over-parcel": handOverParcel };
