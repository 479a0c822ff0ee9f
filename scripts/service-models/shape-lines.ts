/** The shapes of one service as lines of its text, each kept once. A shape that needs no line of its own is one letter. */
import { lowerFirst } from "../../src/services/naming.ts";
import type { Member, Model, Shape } from "./botocore.ts";

/** An enum of more values is left out: lists of instance and resource types, which grow every month. */
const MOST_ENUM_VALUES = 150;

export class ShapeLines {
  readonly lines: string[] = [];
  /** Whether bounds and enums are left out: the service itself looks at what it is given. */
  isInput = false;
  readonly #model: Model;
  readonly #seen: Map<string, string> = new Map();
  readonly #structures: Map<string, string> = new Map();

  constructor(model: Model) {
    this.#model = model;
  }

  /** The letter or the number that stands for the shape. */
  reference(member: Member): string {
    const { shape: name, flattened } = member;
    const shape = this.#model.shapes[name];
    if (shape === undefined) throw new Error(`no shape ${name} in ${this.#model.metadata.serviceId}`);
    if (shape.document === true || shape.eventstream === true) return "a";
    const timestampFormat = member.timestampFormat ?? shape.timestampFormat;
    const used = {
      ...shape,
      ...(flattened !== undefined && { flattened }),
      ...(timestampFormat !== undefined && { timestampFormat }),
    };
    return shape.type === "structure" ? this.#structure(name, shape) : this.#line(this.#text(used));
  }

  #text(shape: Shape): string {
    switch (shape.type) {
      case "string":
        return this.isInput ? "s" : stringText(shape);
      case "timestamp":
        return `d${TIMESTAMPS[shape.timestampFormat ?? ""] ?? ""}`;
      case "blob":
        return `b${this.#lengths(shape)}`;
      case "boolean":
        return "t";
      case "integer":
      case "long":
      case "float":
      case "double":
        return `n${this.isInput ? "" : bounds(shape)}`;
      case "list": {
        const member = given(shape.member);
        return `l${this.#lengths(shape)},${this.reference(member)}${this.#placed(shape, member.locationName)}`;
      }
      case "map": {
        const [key, value] = [given(shape.key), given(shape.value)];
        const names = [key.locationName ?? "key", value.locationName ?? "value"].join("|");
        const placed = this.#placed(shape, names === "key|value" ? undefined : names);
        return `m${this.#lengths(shape)},${this.reference(value)}${placed}`;
      }
      default:
        throw new Error(`a type of its own: ${shape.type}`);
    }
  }

  /** How an XML or a form names the elements. */
  #placed({ flattened }: Shape, name: string | undefined): string {
    if (/json/u.test(this.#model.metadata.protocol)) return "";
    return flattened === true || name !== undefined ? `@${flattened === true ? "*" : ""}${name ?? ""}` : "";
  }

  /** A structure is known by its name, since it may hold itself. */
  #structure(name: string, shape: Shape): string {
    const members = Object.entries(shape.members ?? {});
    if (members.length === 0) return "o";
    const seen = this.#structures.get(name);
    if (seen !== undefined) return seen;
    const reference = String(this.lines.push("") - 1);
    this.#structures.set(name, reference);
    const required = new Set(shape.required);
    const texts = members.map(([memberName, member]) => {
      const type = this.reference(member);
      const mark = required.has(memberName) ? "!" : ":";
      const of = type === "s" && mark === ":" ? "" : mark + (type === "s" ? "" : type);
      return checked(memberName) + of + this.#place(memberName, member, shape);
    });
    this.lines[Number(reference)] = `o${texts.join(",")}`;
    return reference;
  }

  /** Where in the request or the answer a member is, unless it is under its own name in the body. */
  #place(name: string, member: Member, { payload }: Shape): string {
    const { protocol } = this.#model.metadata;
    const token = member.idempotencyToken === true ? "%" : "";
    const wireName = protocol === "json" ? undefined : this.#wireName(name, member, payload);
    const letter = letterOf(name, member, payload);
    const isAtHome = letter === "n" && (wireName === undefined || wireName === name);
    if (isAtHome) return token === "" ? "" : `@${token}`;
    const other = wireName === undefined || wireName === name ? "" : wireName;
    const text = `@${token}${letter}${other === lowerFirst(name) ? "-" : other}`;
    if (!/^[\w@%:.#-]+$/u.test(text)) throw new Error(`the format has no way to write the place ${text}`);
    // EC2 takes another name in a few requests than it answers with.
    return member.queryName === undefined ? text : `${text}@${member.queryName}`;
  }

  /** A body that is one member is named after its shape, where it has no name of its own. */
  #wireName(name: string, member: Member, payload: string | undefined): string | undefined {
    if (member.locationName !== undefined || name !== payload) return member.locationName;
    const shape = this.#model.shapes[member.shape];
    return shape?.type === "structure" ? (shape.locationName ?? member.shape) : undefined;
  }

  #line(text: string): string {
    if (text.length === 1) return text;
    const seen = this.#seen.get(text);
    if (seen !== undefined) return seen;
    const reference = String(this.lines.push(text) - 1);
    this.#seen.set(text, reference);
    return reference;
  }

  #lengths({ min = 0, max }: Shape): string {
    return this.isInput ? "" : lengths({ ...(min > 0 && { min }), ...(max !== undefined && { max }) });
  }
}

const TIMESTAMPS: Readonly<Record<string, string>> = { iso8601: "i", unixTimestamp: "u", rfc822: "r" };

const LOCATIONS: Readonly<Record<string, string>> = {
  header: "h",
  headers: "p",
  uri: "u",
  querystring: "q",
  statusCode: "c",
};

function letterOf(name: string, { location, xmlAttribute }: Member, payload: string | undefined): string {
  if (name === payload) return "b";
  if (xmlAttribute === true) return "x";
  const letter = location === undefined ? "n" : LOCATIONS[location];
  if (letter === undefined) throw new Error(`a location of its own: ${location}`);
  return letter;
}

function stringText(shape: Shape): string {
  if (shape.enum === undefined) {
    const { min = 0, max } = shape;
    return `s${lengths({ ...(min > 0 && { min }), ...(max !== undefined && { max }) })}`;
  }
  return shape.enum.length > MOST_ENUM_VALUES ? "s" : `e${shape.enum.map(checkedEnum).join("|")}`;
}

function lengths(shape: { readonly min?: number; readonly max?: number }): string {
  return bounds(shape);
}

function bounds({ min, max }: { readonly min?: number; readonly max?: number }): string {
  return min === undefined && max === undefined ? "" : `${min ?? ""}~${max ?? ""}`;
}

function given(member: Member | undefined): Member {
  if (member === undefined) throw new Error("a list or a map of nothing");
  return member;
}

function checked(name: string): string {
  if (!/^\w+$/u.test(name)) throw new Error(`the format has no way to write the member ${name}`);
  return name;
}

function checkedEnum(value: string): string {
  if (/[|\n]/u.test(value)) throw new Error(`the format has no way to write the enum value ${value}`);
  return value;
}
