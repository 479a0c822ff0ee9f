/** Where in an item something is: `info.list[0]`. Text is a member's name, a number the index in a list. */
import {
  attributeOf,
  partOf,
  withAttribute,
  withoutAttribute,
  type AttributeValue,
  type Item,
} from "../attribute-value.ts";

export type DocumentPath = readonly (string | number)[];

/** As DynamoDB's messages write it. */
export function pathText(path: DocumentPath): string {
  return `[${path.map((step) => (typeof step === "number" ? `[${step}]` : step)).join(", ")}]`;
}

export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  return path.reduce<AttributeValue | undefined>(
    (value, step) => (value === undefined ? undefined : memberAt(value, step)),
    { M: item },
  );
}

/** undefined: what should hold the place is not there, or is of another type. */
export function withValueAt(item: Item, path: DocumentPath, value: AttributeValue): Item | undefined {
  const changed = changedAt({ M: item }, path, value);
  return changed === undefined ? undefined : partOf(changed, "M");
}

/** Without what is at the path. undefined: what should hold the place is not there. */
export function withoutValueAt(item: Item, path: DocumentPath): Item | undefined {
  const changed = changedAt({ M: item }, path, undefined);
  return changed === undefined ? undefined : partOf(changed, "M");
}

function memberAt(value: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === "number") return partOf(value, "L")?.[step];
  const members = partOf(value, "M");
  return members === undefined ? undefined : attributeOf(members, step);
}

/** @param value undefined: it is removed */
function changedAt(
  holder: AttributeValue,
  [step, ...rest]: DocumentPath,
  value: AttributeValue | undefined,
): AttributeValue | undefined {
  if (step === undefined) return value;
  const [members, elements] = [partOf(holder, "M"), partOf(holder, "L")];
  if (typeof step === "string" ? members === undefined : elements === undefined) return undefined;
  const held = memberAt(holder, step);
  if (rest.length > 0 && held === undefined) return undefined;
  const next = rest.length === 0 ? value : changedAt(held as AttributeValue, rest, value);
  if (next === undefined && rest.length > 0) return undefined;
  if (typeof step === "string") {
    const before = members ?? {};
    return { M: next === undefined ? withoutAttribute(before, step) : withAttribute(before, step, next) };
  }
  const before = elements ?? [];
  if (next === undefined) return { L: before.filter((_, index) => index !== step) };
  // An index behind the end appends.
  return { L: step >= before.length ? [...before, next] : before.with(step, next) };
}
