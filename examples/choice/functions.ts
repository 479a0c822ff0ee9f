/** What shipping an order costs and how long it takes. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, numberIn, objectIn, textIn } from "../input.ts";

interface Service {
  readonly days: number;
  readonly feeCents: number;
  /** Of the order's value. */
  readonly insuredShare: number;
}

const SERVICES: Readonly<Record<string, Service>> = {
  courier: { days: 1, feeCents: 4900, insuredShare: 1 },
  express: { days: 1, feeCents: 1490, insuredShare: 0.5 },
  standard: { days: 4, feeCents: 490, insuredShare: 0 },
};

const shipOrder: FunctionHandler = (input) => {
  const name = textIn(input, "service");
  const service = Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined;
  if (service === undefined) throw errorNamed("UnknownService", `There is no service '${name}'.`);
  const insured = numberIn(objectIn(input, "order"), "worth") * service.insuredShare;
  return { service: name, days: service.days, feeCents: service.feeCents, insured };
};

export const choiceFunctions: Readonly<Record<string, FunctionHandler>> = { "ship-order": shipOrder };
