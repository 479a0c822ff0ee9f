/** Values as the JSON protocols have them. */
import { isArray, isObject, setMember, type Json, type JsonObject } from "../../../asl/json.ts";
import type { Member, ServiceModel } from "../../../services/model.ts";
import { inOrder, scalarJson, shownScalar, type Showing } from "./scalars.ts";

/** Of a value that the parameters gave. @param isRest whether members have other names on the wire */
export function wireJson(model: ServiceModel, isRest: boolean, of: string, value: Json): Json {
  const shape = model.shapeOf(of);
  switch (shape.type) {
    case "structure":
      return isObject(value) ? wireMembers(model, isRest, shape.members, value) : value;
    case "list":
      return isArray(value) ? value.map((item) => wireJson(model, isRest, shape.of, item)) : value;
    case "map":
      return isObject(value) ? mapped(value, (item) => wireJson(model, isRest, shape.of, item)) : value;
    default:
      return scalarJson(shape, value);
  }
}

/** Of the given members of a structure. */
export function wireMembers(
  model: ServiceModel,
  isRest: boolean,
  members: readonly Member[],
  value: JsonObject,
): JsonObject {
  const written: Record<string, Json> = {};
  for (const member of members) {
    if (!Object.hasOwn(value, member.name)) continue;
    const name = isRest ? member.wireName : member.name;
    setMember(written, name, wireJson(model, isRest, member.of, value[member.name] ?? null));
  }
  return written;
}

/** What a result shows of an answer. Nothing is shown of what the service did not say. */
export function shownJson(model: ServiceModel, isRest: boolean, of: string, value: Json, showing: Showing): Json {
  const shape = model.shapeOf(of);
  switch (shape.type) {
    case "structure":
      return isObject(value) ? shownMembers(model, isRest, shape.members, value, showing) : value;
    case "list":
      return isArray(value) ? value.map((item) => shownJson(model, isRest, shape.of, item, showing)) : value;
    case "map":
      return isObject(value) ? mapped(value, (item) => shownJson(model, isRest, shape.of, item, showing)) : value;
    default:
      return shownScalar(shape, value, showing);
  }
}

export function shownMembers(
  model: ServiceModel,
  isRest: boolean,
  members: readonly Member[],
  value: JsonObject,
  showing: Showing,
): JsonObject {
  const shown: Record<string, Json> = {};
  for (const member of members) {
    const name = isRest ? member.wireName : member.name;
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    if (given === undefined || given === null) continue;
    setMember(shown, showing.nameOf(member.name), shownJson(model, isRest, member.of, given, showing));
  }
  return inOrder(shown);
}

function mapped(value: JsonObject, each: (item: Json) => Json): JsonObject {
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) setMember(copy, key, each(item));
  return copy;
}
