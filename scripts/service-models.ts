/**
 * Writes src/services/models.json from the service models of botocore: how each service is spoken to, its actions, and the
 * shapes of their inputs and outputs. Only facts go over: names, types, places in the request, which members are required; of
 * outputs bounds and enums as well. The format is read by src/services/model.ts.
 *
 *     node scripts/service-models.ts <botocore/data> [<botocore/data of a newer release>]
 *
 * Of the newer release only the names of actions are taken; docs/decisions/0009 says why there are two.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { serviceNameOf } from "../src/services/naming.ts";
import type { Model } from "./service-models/botocore.ts";
import { textOf } from "./service-models/service-text.ts";
import { NOT_OFFERED, SERVICES } from "./service-models-list.ts";

/** The newest of a service's models in the folder, if it is there, with the operations that Step Functions offers. */
function readModel(folder: string, service: string): Model | undefined {
  if (!readdirSync(folder).includes(service)) return undefined;
  const version = readdirSync(join(folder, service)).sort().at(-1) ?? "";
  const text = gunzipSync(readFileSync(join(folder, service, version, "service-2.json.gz"))).toString();
  const model = JSON.parse(text) as Model;
  const offered = Object.entries(model.operations).filter(([name]) => NOT_OFFERED[service]?.includes(name) !== true);
  return { ...model, operations: Object.fromEntries(offered) };
}

const [folder, newerFolder] = process.argv.slice(2);
if (folder === undefined)
  throw new Error("usage: node scripts/service-models.ts <botocore/data> [<newer botocore/data>]");

const table: Record<string, string> = {};
for (const service of SERVICES) {
  const model = readModel(folder, service);
  if (model === undefined) throw new Error(`no model of ${service}`);
  const newer = newerFolder === undefined ? undefined : readModel(newerFolder, service);
  table[serviceNameOf(model.metadata.serviceId)] = textOf(model, newer);
}

const names = Object.keys(table).sort();
const written = `${JSON.stringify(Object.fromEntries(names.map((name) => [name, table[name]])), undefined, 1)}\n`;
writeFileSync(new URL("../src/services/models.json", import.meta.url), written);
for (const name of names) {
  const text = table[name] ?? "";
  console.log(name.padEnd(28), String(text.length).padStart(8), String(gzipSync(text).length).padStart(7));
}
console.log("together".padEnd(28), String(written.length).padStart(8), String(gzipSync(written).length).padStart(7));
