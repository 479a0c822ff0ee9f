/** Puts a region, an account and functions' ARNs where a text has `REGION`, `ACCOUNT`, `${AWS::Region}` or a bare name. */
import { isArray, isObject, type Json } from "../json.ts";
import type { Note } from "./change.ts";

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/u;
const ACCOUNT = /^(?:\d{12}|aws)$/u;

/** Every text of the value with its placeholders filled in. */
export function fillPlaceholders(value: Json, location: string, place: Place, note: Note): Json {
  if (isArray(value)) return value.map((item, i) => fillPlaceholders(item, `${location}[${i}]`, place, note));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, fillPlaceholders(member, `${location}/${key}`, place, note)]),
    );
  }
  if (typeof value !== "string") return value;
  const filled = fillArn(fillPseudoParameters(value, place), place);
  if (filled !== value) note("PLACEHOLDER_FILLED", location, `'${value}' is taken for '${filled}'.`);
  return filled;
}

/**
 * The ARN of the Lambda function that a Task's Resource names without one: `${ProcessFunction.Arn}`, `process-order`.
 * undefined: it is an ARN, or no name of a function.
 */
export function functionArn(resource: string, { region, accountId }: Place): string | undefined {
  const name = resource.replaceAll(/^\$\{(?<name>[\w.-]+)\}$/gu, "$<name>").replace(/(?:\.Arn|Arn)$/u, "");
  return /^[\w-]{1,64}$/u.test(name) ? `arn:aws:lambda:${region}:${accountId}:function:${name}` : undefined;
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
function fillPseudoParameters(text: string, { region, accountId }: Place): string {
  return text
    .replaceAll("${AWS::Region}", region)
    .replaceAll("${AWS::AccountId}", accountId)
    .replaceAll("${AWS::Partition}", "aws");
}

/** A segment that could be neither left empty nor what it stands for. */
function fillArn(text: string, { region, accountId }: Place): string {
  const [arn, partition, service, givenRegion, givenAccount, ...rest] = text.split(":");
  if (arn !== "arn" || givenRegion === undefined || givenAccount === undefined || rest.length === 0) return text;
  const isFilled = (segment: string, expected: RegExp): boolean => segment === "" || expected.test(segment);
  return [
    arn,
    partition,
    service,
    isFilled(givenRegion, REGION) ? givenRegion : region,
    isFilled(givenAccount, ACCOUNT) ? givenAccount : accountId,
    ...rest,
  ].join(":");
}
