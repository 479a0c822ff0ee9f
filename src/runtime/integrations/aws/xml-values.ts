/** Values as the XML protocols have them. */
import { isArray, isObject, setMember, type Json, type JsonObject } from "../../../asl/json.ts";
import type { Member, ServiceModel } from "../../../services/model.ts";
import { inOrder, scalarText, shownScalar, textOf, type Showing } from "./scalars.ts";
import { childOf, escapeXml, type XmlElement } from "./xml.ts";

/** An element with that value. @param namespace of the whole body, at its root */
export function xmlText(model: ServiceModel, name: string, of: string, value: Json, namespace?: string): string {
  const shape = model.shapeOf(of);
  const declared = namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`;
  switch (shape.type) {
    case "structure": {
      if (!isObject(value)) return "";
      const attributes = shape.members.filter(({ place }) => place === "attribute");
      const inner = xmlMembers(model, shape.members, value);
      return `<${name}${declared}${attributes.map((member) => attributeText(member, value)).join("")}>${inner}</${name}>`;
    }
    case "list": {
      if (!isArray(value)) return "";
      const elementName = shape.flattened ? name : (shape.elementName ?? "member");
      const items = value.map((item) => xmlText(model, elementName, shape.of, item)).join("");
      return shape.flattened ? items : `<${name}${declared}>${items}</${name}>`;
    }
    case "map":
    case "anything":
      throw new Error(`Defect: no XML body has a ${shape.type}`);
    default:
      return `<${name}${declared}>${escapeXml(scalarText(shape, value, "iso8601"))}</${name}>`;
  }
}

/** The elements of a structure's members that are in the body. */
export function xmlMembers(model: ServiceModel, members: readonly Member[], value: JsonObject): string {
  return members
    .filter(({ name, place }) => place === "member" && Object.hasOwn(value, name))
    .map(({ name, of, wireName }) => xmlText(model, wireName, of, value[name] ?? null))
    .join("");
}

/** The only attributes are those of XML Schema's instances. */
function attributeText({ name, wireName }: Member, value: JsonObject): string {
  if (!Object.hasOwn(value, name)) return "";
  const text = escapeXml(textOf(value[name] ?? null));
  return ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ${wireName}="${text}"`;
}

/** What a result shows of an element. */
export function shownXml(model: ServiceModel, of: string, element: XmlElement, showing: Showing): Json {
  const shape = model.shapeOf(of);
  switch (shape.type) {
    case "structure":
      return shownElements(model, shape.members, element, showing);
    case "list":
      return element.children.map((child) => shownXml(model, shape.of, child, showing));
    case "map":
      return shownEntries(model, shape, element.children, showing);
    default:
      return shownScalar(shape, element.text, showing);
  }
}

/** Of the members that an element has. */
export function shownElements(
  model: ServiceModel,
  members: readonly Member[],
  element: XmlElement,
  showing: Showing,
): JsonObject {
  const shown: Record<string, Json> = {};
  for (const member of members) {
    const value = shownMember(model, member, element, showing);
    if (value !== undefined) setMember(shown, showing.nameOf(member.name), value);
  }
  return inOrder(shown);
}

function shownMember(
  model: ServiceModel,
  { of, place, wireName }: Member,
  element: XmlElement,
  showing: Showing,
): Json | undefined {
  if (place === "attribute") return element.attributes[wireName];
  const shape = model.shapeOf(of);
  if ((shape.type === "list" || shape.type === "map") && shape.flattened) {
    const items = element.children.filter(({ name }) => name === (shape.elementName ?? wireName) || name === wireName);
    if (items.length === 0) return undefined;
    return shape.type === "list"
      ? items.map((item) => shownXml(model, shape.of, item, showing))
      : shownEntries(model, shape, items, showing);
  }
  const child = childOf(element, wireName);
  return child === undefined ? undefined : shownXml(model, of, child, showing);
}

function shownEntries(
  model: ServiceModel,
  { of, elementName }: { readonly of: string; readonly elementName: string | undefined },
  entries: readonly XmlElement[],
  showing: Showing,
): JsonObject {
  const [keyName = "", valueName = ""] = (elementName ?? "key|value").split("|");
  const shown: Record<string, Json> = {};
  for (const entry of entries) {
    const value = childOf(entry, valueName);
    if (value !== undefined) setMember(shown, childOf(entry, keyName)?.text ?? "", shownXml(model, of, value, showing));
  }
  return shown;
}
