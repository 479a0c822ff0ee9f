/** The form of a request of the protocols `query` and `ec2`: `Entries.member.1.Id=a`. */
import { isArray, isObject, type Json, type JsonObject } from "../../../asl/json.ts";
import { upperFirst } from "../../../services/naming.ts";
import type { Member, Operation, ServiceModel } from "../../../services/model.ts";
import { percentEncoded } from "./percent-encoded.ts";
import { scalarText } from "./scalars.ts";

type Field = readonly [name: string, value: string];

export function formBody(model: ServiceModel, operation: Operation, input: JsonObject): string {
  const fields: Field[] = [
    ["Action", operation.name],
    ["Version", model.facts.target],
    ...(operation.input === undefined ? [] : fieldsOf(model, "", operation.input, input)),
  ];
  return fields.map((field) => field.map(percentEncoded).join("=")).join("&");
}

function fieldsOf(model: ServiceModel, prefix: string, of: string, value: Json): readonly Field[] {
  const shape = model.shapeOf(of);
  const isEc2 = model.facts.protocol === "ec2";
  switch (shape.type) {
    case "structure":
      if (!isObject(value)) return [];
      return shape.members.flatMap((member) => {
        const given = Object.hasOwn(value, member.name) ? value[member.name] : undefined;
        return given === undefined ? [] : fieldsOf(model, joined(prefix, nameOf(member, isEc2)), member.of, given);
      });
    case "list": {
      if (!isArray(value)) return [];
      // An empty list is said to be one; EC2 has no way to say that.
      if (value.length === 0) return isEc2 ? [] : [[prefix, ""]];
      const isBare = isEc2 || shape.flattened;
      const base = isBare ? prefix : joined(prefix, shape.elementName ?? "member");
      return value.flatMap((item, index) => fieldsOf(model, joined(base, String(index + 1)), shape.of, item));
    }
    case "map": {
      if (!isObject(value)) return [];
      const [keyName = "", valueName = ""] = (shape.elementName ?? "key|value").split("|");
      const base = shape.flattened ? prefix : joined(prefix, "entry");
      return Object.entries(value).flatMap(([key, item], index) => {
        const entry = joined(base, String(index + 1));
        return [[joined(entry, keyName), key], ...fieldsOf(model, joined(entry, valueName), shape.of, item)];
      });
    }
    default:
      return [[prefix, scalarText(shape, value, "iso8601")]];
  }
}

function nameOf({ wireName, queryName }: Member, isEc2: boolean): string {
  return isEc2 ? (queryName ?? upperFirst(wireName)) : wireName;
}

function joined(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}
