/** ARNs as requests carry them: taken apart, or refused with InvalidArn. */
import { parseArnOf, type Arn, type ArnKind, type StateMachineArn } from "../runtime/arn.ts";
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

/** There are no versions, aliases and labeled machines yet, so only a plain state machine's ARN can lead anywhere. */
export function plainStateMachine(
  arn: Extract<Arn, { kind: "stateMachine" | "qualifiedStateMachine" | "labeledStateMachine" }>,
): StateMachineArn {
  if (arn.kind === "stateMachine") return arn;
  throw stateMachineDoesNotExist(arn.arn);
}

export function stateMachineDoesNotExist(arn: string): ApiError {
  return new ApiError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
}

/** What only Standard, or only Express, state machines can do. */
export function typeNotSupported(): ApiError {
  return new ApiError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine");
}
