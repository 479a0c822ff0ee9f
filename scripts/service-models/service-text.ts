/** A service's model as the text that src/services/model.ts reads. */
import { actionNameOf, sdkServiceName, upperFirst } from "../../src/services/naming.ts";
import type { Model, Operation, Shape } from "./botocore.ts";
import { ShapeLines } from "./shape-lines.ts";

/** @param newer of a later release, of which only the names of actions are taken */
export function textOf(model: Model, newer: Model | undefined): string {
  const shapes = new ShapeLines(model);
  const outputs = new Map(
    Object.entries(model.operations).map(([operation, { output }]) => [operation, output && shapes.reference(output)]),
  );
  shapes.isInput = true;
  const actions = Object.entries(model.operations).map(([operation, facts]) =>
    actionText(model, operation, facts, outputs.get(operation), facts.input && shapes.reference(facts.input)),
  );
  const later = Object.keys(newer?.operations ?? {})
    .filter((operation) => !Object.hasOwn(model.operations, operation))
    .map((operation) => `${actionNameOf(operation)}?`);
  return [factsText(model), errorsText(model), [...actions, ...later].join(","), ...shapes.lines].join("\n");
}

function factsText({ metadata, operations, shapes }: Model): string {
  const { protocol, jsonVersion, serviceId, targetPrefix, endpointPrefix, signingName, apiVersion } = metadata;
  const members = Object.values(operations).flatMap(({ input }) =>
    input === undefined ? [] : [input, ...Object.values(shapes[input.shape]?.members ?? {})],
  );
  const namespaces = new Set(members.flatMap(({ xmlNamespace }) => xmlNamespace?.uri ?? []));
  if (namespaces.size > 1) throw new Error(`${serviceId} has more than one namespace`);
  return [
    protocol === "json" ? `json-${jsonVersion}` : protocol,
    sdkServiceName(serviceId),
    endpointPrefix,
    signingName ?? endpointPrefix,
    targetPrefix ?? apiVersion,
    ...namespaces,
  ].join(" ");
}

/** What the service's exceptions are called on the wire, and in the model where that is another name. */
function errorsText({ shapes }: Model): string {
  const text = ([name, { error }]: [string, Shape]): string => {
    const code = error?.code ?? name;
    return code === name ? name : `${code}=${name}`;
  };
  return Object.entries(shapes)
    .filter(([, { exception }]) => exception === true)
    .map(text)
    .join(",");
}

function actionText(
  { metadata: { protocol } }: Model,
  operation: string,
  { http, endpoint, httpChecksum }: Operation,
  output: string | undefined,
  input: string | undefined,
): string {
  const action = actionNameOf(operation);
  const other = upperFirst(action) === operation ? "" : `=${operation}`;
  const host = endpoint?.hostPrefix === undefined ? "" : `^${endpoint.hostPrefix}`;
  const checksum = httpChecksum?.requestChecksumRequired === true ? "+" : "";
  const shapes = (output === undefined ? "" : `:${output}`) + (input === undefined ? "" : `<${input}`);
  const route = protocol.startsWith("rest-") ? ` ${http.method} ${http.requestUri}` : "";
  if (/[,\n]/u.test(route)) throw new Error(`the format has no way to write the route${route}`);
  return action + shapes + other + host + checksum + route;
}
