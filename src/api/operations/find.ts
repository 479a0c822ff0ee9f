/** The state machine, version or alias that a request names, or AWS's refusal. */
import type { QualifiedStateMachineArn, StateMachineArn } from "../../runtime/arn.ts";
import { qualifiedArn } from "../../runtime/arn.ts";
import { findStateMachine, type StateMachineRecord } from "../../runtime/registry.ts";
import { findAlias, findVersion, type Route, type VersionRecord } from "../../runtime/versions.ts";
import type { ApiContext } from "../context.ts";
import { stateMachineDoesNotExist, versionNumber } from "../resource-arn.ts";

/** What an execution is started from. */
export interface Startable {
  readonly machine: StateMachineRecord;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
}

export async function findOf(context: ApiContext, arn: string): Promise<StateMachineRecord> {
  const machine = await findStateMachine(context.db, arn);
  if (machine === undefined) throw stateMachineDoesNotExist(arn);
  return machine;
}

/** A state machine as it is now, a version, or the version that an alias leads to this time. */
export async function findStartable(
  context: ApiContext,
  arn: StateMachineArn | QualifiedStateMachineArn,
): Promise<Startable> {
  if (arn.kind === "stateMachine") return { machine: await findOf(context, arn.arn) };
  const number = versionNumber(arn.qualifier);
  if (number !== undefined) {
    return { machine: await versionOrRefusal(context, arn, number), stateMachineVersionArn: arn.arn };
  }
  const alias = await findAlias(context.db, arn.stateMachineArn, arn.qualifier);
  if (alias === undefined) throw stateMachineDoesNotExist(arn.arn);
  const version = choose(alias.routes, context.random());
  return {
    machine: await versionOrRefusal(context, arn, version),
    stateMachineVersionArn: qualifiedArn(arn.stateMachineArn, version),
    stateMachineAliasArn: arn.arn,
  };
}

/** @throws StateMachineDoesNotExist of the ARN that was asked for */
export async function versionOrRefusal(
  context: ApiContext,
  { arn, stateMachineArn }: QualifiedStateMachineArn,
  version: number,
): Promise<VersionRecord> {
  const record = await findVersion(context.db, stateMachineArn, version);
  if (record === undefined) throw stateMachineDoesNotExist(arn);
  return record;
}

/** Each version as often as its weight says. @param random from 0 up to 1 */
function choose(routes: readonly Route[], random: number): number {
  let percent = random * 100;
  const chosen = routes.find(({ weight }) => (percent -= weight) < 0);
  return (chosen ?? routes[0])?.version ?? 0;
}
