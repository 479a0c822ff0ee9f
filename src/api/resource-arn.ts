/** ARNs as requests carry them: taken apart, or refused with InvalidArn. */
import {
  parseArnOf,
  type Arn,
  type ArnKind,
  type QualifiedStateMachineArn,
  type StateMachineArn,
} from "../runtime/arn.ts";
import { ApiError } from "./api-error.ts";

/** The ARN, which must be of one of these kinds. */
export function readArn<Kind extends ArnKind>(text: string, ...kinds: readonly Kind[]): Extract<Arn, { kind: Kind }> {
  const parsed = parseArnOf(text, ...kinds);
  if (!parsed.ok) throw new ApiError("InvalidArn", `Invalid Arn: '${parsed.reason}'`);
  return parsed.arn;
}

/** A whole state machine; the one inside a Distributed Map cannot be started, changed or deleted by itself. */
export function readUnlabeledArn(text: string): Extract<Arn, { kind: "stateMachine" | "qualifiedStateMachine" }> {
  const arn = readArn(text, "stateMachine", "qualifiedStateMachine", "labeledStateMachine");
  if (arn.kind !== "labeledStateMachine") return arn;
  throw new ApiError("ValidationException", `This operation does not accept labeled state machine ARNs: '${text}'`, {
    reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS",
  });
}

/** A role is a name: only its form as an ARN is looked at. */
export function checkRoleArn(text: string): void {
  if (!text.startsWith("arn:")) throw new ApiError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${text}'`);
}

/** For operations that only a state machine itself has: a version or an alias is no state machine. */
export function plainStateMachine(
  arn: Extract<Arn, { kind: "stateMachine" | "qualifiedStateMachine" }>,
): StateMachineArn {
  if (arn.kind === "stateMachine") return arn;
  throw stateMachineDoesNotExist(arn.arn);
}

export interface VersionArn {
  readonly stateMachineArn: string;
  readonly version: number;
}

/** A version's ARN; undefined: it is none. */
export function versionOfArn(text: string): VersionArn | undefined {
  const parsed = parseArnOf(text, "qualifiedStateMachine");
  const version = parsed.ok ? versionNumber(parsed.arn.qualifier) : undefined;
  return parsed.ok && version !== undefined ? { stateMachineArn: parsed.arn.stateMachineArn, version } : undefined;
}

export function readVersionArn(text: string): VersionArn {
  const { arn } = readArn(text, "qualifiedStateMachine");
  const version = versionOfArn(arn);
  if (version === undefined) throw new ApiError("InvalidArn", `Invalid Arn: 'Invalid ARN resource: ${arn}'`);
  return version;
}

export function readAliasArn(text: string): QualifiedStateMachineArn {
  const arn = readArn(text, "qualifiedStateMachine");
  if (versionNumber(arn.qualifier) === undefined) return arn;
  throw new ApiError("InvalidArn", `Invalid Arn: 'Invalid ARN resource: ${text}'`);
}

/** A qualifier of digits names a version, any other an alias. */
export function versionNumber(qualifier: string): number | undefined {
  return /^[1-9]\d{0,14}$/u.test(qualifier) ? Number(qualifier) : undefined;
}

export function stateMachineDoesNotExist(arn: string): ApiError {
  return new ApiError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
}

export function resourceNotFound(arn: string): ApiError {
  return new ApiError("ResourceNotFound", "Request references a resource that does not exist.", { resourceName: arn });
}

/** What only Standard, or only Express, state machines can do. */
export function typeNotSupported(): ApiError {
  return new ApiError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine");
}
