/** Which parts of an item are answered: ProjectionExpression. */
import { attributeOf, partOf, withAttribute, type AttributeValue, type Item } from "../attribute-value.ts";
import type { DocumentPath } from "./document-path.ts";
import { Faults } from "./faults.ts";
import { addOverlaps, type PathFault } from "./overlaps.ts";
import type { Placeholders } from "./placeholders.ts";
import { TokenReader, type OperandFault } from "./token-reader.ts";

export type Projection = readonly DocumentPath[];

const KIND = "ProjectionExpression";

/** Throws DynamoDB's refusal. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html */
export function parseProjection(text: string, placeholders: Placeholders): Projection {
  const faults = new Faults<PathFault | OperandFault>(KIND, [["reserved"], ["name"], ["overlap"], ["conflict"]]);
  const reader = new TokenReader<PathFault>(KIND, text, placeholders, faults);
  const paths = [reader.path()];
  while (reader.takes(",")) paths.push(reader.path());
  reader.expectEnd();
  addOverlaps(faults, paths);
  faults.throwFirst();
  return paths;
}

/** The parts of the item that there are; elements of lists close up. */
export function projected(item: Item, projection: Projection): Item {
  return partOf(partAt({ M: item }, projection) ?? { M: {} }, "M") ?? {};
}

/** @param paths none is empty, unless it is the only one */
function partAt(value: AttributeValue, paths: Projection): AttributeValue | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const [elements, members] = [partOf(value, "L"), partOf(value, "M")];
  if (elements !== undefined) {
    const parts = elements.flatMap((element, index) => partOfElement(element, below(paths, index)) ?? []);
    return parts.length === 0 ? undefined : { L: parts };
  }
  if (members === undefined) return undefined;
  let parts: Item = {};
  for (const name of new Set(paths.map(([step]) => step))) {
    const member = typeof name === "string" ? attributeOf(members, name) : undefined;
    const part = member === undefined ? undefined : partAt(member, below(paths, name));
    if (part !== undefined) parts = withAttribute(parts, String(name), part);
  }
  return Object.keys(parts).length === 0 ? undefined : { M: parts };
}

function partOfElement(element: AttributeValue, paths: Projection): AttributeValue | undefined {
  return paths.length === 0 ? undefined : partAt(element, paths);
}

/** What the paths that begin with that step go on with. */
function below(paths: Projection, step: string | number | undefined): Projection {
  return paths.filter(([first]) => first === step).map(([, ...rest]) => rest);
}
