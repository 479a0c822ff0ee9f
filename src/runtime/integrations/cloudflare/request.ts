/** What an action on Cloudflare's own is asked, and what it stands on. */
import type { Json } from "../../../asl/json.ts";
import type { TaskAnswer } from "../../tasks/task-call.ts";
import type { ServiceCall } from "../integration.ts";
import { readParameters, type ParametersOf, type ParameterTable } from "../parameters.ts";
import type { BindingKind, BindingKinds } from "./bindings.ts";

export interface CloudflareRequest {
  readonly call: ServiceCall;
  /** The attempt's, for whoever can do something once: a UUID. */
  readonly key: string;
  readonly signal: AbortSignal;
  binding<Kind extends BindingKind>(kind: Kind, name: string): BindingKinds[Kind];
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The task's result; or its answer, where that is another than its result. */
export type CloudflareAction = (request: CloudflareRequest) => Promise<{ readonly result: Json } | TaskAnswer>;

export type CloudflareActions = Readonly<Record<string, CloudflareAction>>;

/** An action whose parameters are read by a table. */
export function action<Table extends ParameterTable>(
  table: Table,
  perform: (parameters: ParametersOf<Table>, request: CloudflareRequest) => Promise<Json>,
): CloudflareAction {
  return async (request) => {
    const parameters = readParameters(request.call.parameters.value, table);
    return { result: await perform(parameters, request) };
  };
}
