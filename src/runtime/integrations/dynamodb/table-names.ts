/** Tables as requests name them: by a name, or by an ARN. */
import type { ArnConfig } from "../../arn.ts";
import { invalid, TableFault } from "../../tables/table-fault.ts";
import { isTableName, tableArnOf } from "../../tables/tables.ts";

const ARN = /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/(?<name>[\w.-]+)$/u;

/** The table's ARN here. Throws DynamoDB's refusal. */
export function readTableArn(config: ArnConfig, given: string): string {
  const name = ARN.exec(given)?.groups?.["name"] ?? given;
  if (!isTableName(name)) throw badName(given);
  const arn = tableArnOf(config, name);
  // Another account's, or another region's.
  if (given.startsWith("arn:") && given !== arn)
    throw new TableFault("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
  return arn;
}

function badName(given: string): Error {
  const rule = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
  const isShort = given.length < 3 || given.length > 255;
  const broken = isShort
    ? `Member must have length ${given.length < 3 ? "greater than or equal to 3" : "less than or equal to 255"}`
    : rule;
  return invalid(
    `1 validation error detected: Value '${given}' at 'tableName' failed to satisfy constraint: ${broken}`,
  );
}
