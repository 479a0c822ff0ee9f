/**
 * Writes src/services/models.json from the service models of botocore: the names of each service's actions, and the shapes of
 * their outputs. Only facts go over: names, types, bounds, enums, which members are required. The format is read by
 * src/services/model.ts.
 *
 *     node scripts/service-models.ts <botocore/data> [<botocore/data of a newer release>]
 *
 * Of the newer release only the names of actions are taken; docs/decisions/0009 says why there are two.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { actionNameOf, serviceNameOf } from "../src/services/naming.ts";
import { NOT_OFFERED, SERVICES } from "./service-models-list.ts";

/** An enum of more values is left out: lists of instance and resource types, which grow every month. */
const MOST_ENUM_VALUES = 150;

interface Shape {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly member?: Member;
  readonly value?: Member;
  readonly members?: Readonly<Record<string, Member>>;
  readonly required?: readonly string[];
  readonly document?: boolean;
  readonly eventstream?: boolean;
}

interface Member {
  readonly shape: string;
}

interface Model {
  readonly metadata: { readonly serviceId: string };
  readonly operations: Readonly<Record<string, { readonly output?: Member }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The shapes of one service as lines, each kept once. A shape that needs no line of its own is one letter. */
class Lines {
  readonly lines: string[] = [];
  readonly #seen: Map<string, string> = new Map();
  readonly #structures: Map<string, string> = new Map();

  /** The letter or the number that stands for the shape. */
  reference(model: Model, name: string): string {
    const shape = model.shapes[name];
    if (shape === undefined) throw new Error(`no shape ${name} in ${model.metadata.serviceId}`);
    if (shape.document === true || shape.eventstream === true) return "a";
    return shape.type === "structure" ? this.#structure(model, name, shape) : this.#line(this.#text(model, shape));
  }

  #text(model: Model, shape: Shape): string {
    switch (shape.type) {
      case "string":
        return stringText(shape);
      case "timestamp":
        return "s";
      case "blob":
        return `b${lengths(shape)}`;
      case "boolean":
        return "t";
      case "integer":
      case "long":
      case "float":
      case "double":
        return `n${bounds(shape)}`;
      case "list":
        return `l${lengths(shape)},${this.reference(model, nameOf(shape.member))}`;
      case "map":
        return `m${lengths(shape)},${this.reference(model, nameOf(shape.value))}`;
      default:
        throw new Error(`a type of its own: ${shape.type}`);
    }
  }

  /** A structure is known by its name, since it may hold itself. */
  #structure(model: Model, name: string, shape: Shape): string {
    const members = Object.entries(shape.members ?? {});
    if (members.length === 0) return "o";
    const seen = this.#structures.get(name);
    if (seen !== undefined) return seen;
    const reference = String(this.lines.push("") - 1);
    this.#structures.set(name, reference);
    const required = new Set(shape.required);
    const texts = members.map(([member, { shape: of }]) => {
      const type = this.reference(model, of);
      const mark = required.has(member) ? "!" : ":";
      return type === "s" && mark === ":"
        ? checkedName(member)
        : checkedName(member) + mark + (type === "s" ? "" : type);
    });
    this.lines[Number(reference)] = `o${texts.join(",")}`;
    return reference;
  }

  #line(text: string): string {
    if (text.length === 1) return text;
    const seen = this.#seen.get(text);
    if (seen !== undefined) return seen;
    const reference = String(this.lines.push(text) - 1);
    this.#seen.set(text, reference);
    return reference;
  }
}

function stringText(shape: Shape): string {
  if (shape.enum === undefined) return `s${lengths(shape)}`;
  return shape.enum.length > MOST_ENUM_VALUES ? "s" : `e${shape.enum.map(checkedEnum).join("|")}`;
}

function lengths({ min = 0, max }: Shape): string {
  return bounds({ ...(min > 0 && { min }), ...(max !== undefined && { max }) });
}

function bounds({ min, max }: { readonly min?: number; readonly max?: number }): string {
  return min === undefined && max === undefined ? "" : `${min ?? ""}~${max ?? ""}`;
}

function nameOf(member: Member | undefined): string {
  if (member === undefined) throw new Error("a list or a map of nothing");
  return member.shape;
}

function checkedName(name: string): string {
  if (!/^\w+$/u.test(name)) throw new Error(`the format has no way to write the member ${name}`);
  return name;
}

function checkedEnum(value: string): string {
  if (/[|\n]/u.test(value)) throw new Error(`the format has no way to write the enum value ${value}`);
  return value;
}

/** The newest of a service's models in the folder, if it is there, with the operations that Step Functions offers. */
function readModel(folder: string, service: string): Model | undefined {
  if (!readdirSync(folder).includes(service)) return undefined;
  const version = readdirSync(join(folder, service)).sort().at(-1) ?? "";
  const text = gunzipSync(readFileSync(join(folder, service, version, "service-2.json.gz"))).toString();
  const model = JSON.parse(text) as Model;
  const offered = Object.entries(model.operations).filter(([name]) => NOT_OFFERED[service]?.includes(name) !== true);
  return { ...model, operations: Object.fromEntries(offered) };
}

/** First the actions, each with its output: a shape, nothing where there is none, `?` where it is not known. Then the shapes. */
function textOf(model: Model, newer: Model | undefined): string {
  const lines = new Lines();
  const actions = Object.entries(model.operations).map(([operation, { output }]) => {
    const action = actionNameOf(operation);
    return output === undefined ? action : `${action}:${lines.reference(model, output.shape)}`;
  });
  const later = Object.keys(newer?.operations ?? {})
    .filter((operation) => !Object.hasOwn(model.operations, operation))
    .map((operation) => `${actionNameOf(operation)}?`);
  return [[...actions, ...later].join(","), ...lines.lines].join("\n");
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
