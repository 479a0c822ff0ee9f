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

/** Answers what the read of that key gives, or gave a moment ago. */
export type Remember = <T extends object>(key: string, read: () => Promise<T | undefined>) => Promise<T | undefined>;

const readEachTime: Remember = (_key, read) => read();

export async function findOf(
  context: ApiContext,
  arn: string,
  remember: Remember = readEachTime,
): Promise<StateMachineRecord> {
  const machine = await remember(arn, () => findStateMachine(context.db, arn));
  if (machine === undefined) throw stateMachineDoesNotExist(arn);
  return machine;
}

/** A state machine as it is now, a version, or the version that an alias leads to this time. */
export async function findStartable(
  context: ApiContext,
  arn: StateMachineArn | QualifiedStateMachineArn,
  remember: Remember = readEachTime,
): Promise<Startable> {
  if (arn.kind === "stateMachine") return { machine: await findOf(context, arn.arn, remember) };
  const number = versionNumber(arn.qualifier);
  if (number !== undefined) {
    return { machine: await versionOrRefusal(context, arn, number, remember), stateMachineVersionArn: arn.arn };
  }
  const alias = await remember(arn.arn, () => findAlias(context.db, arn.stateMachineArn, arn.qualifier));
  if (alias === undefined) throw stateMachineDoesNotExist(arn.arn);
  const version = choose(alias.routes, context.random());
  return {
    machine: await versionOrRefusal(context, arn, version, remember),
    stateMachineVersionArn: qualifiedArn(arn.stateMachineArn, version),
    stateMachineAliasArn: arn.arn,
  };
}

/** @throws StateMachineDoesNotExist of the ARN that was asked for */
export async function versionOrRefusal(
  context: ApiContext,
  { arn, stateMachineArn }: QualifiedStateMachineArn,
  version: number,
  remember: Remember = readEachTime,
): Promise<VersionRecord> {
  const key = qualifiedArn(stateMachineArn, version);
  const record = await remember(key, () => findVersion(context.db, stateMachineArn, version));
  if (record === undefined) throw stateMachineDoesNotExist(arn);
  return record;
}

/** Each version as often as its weight says. @param random from 0 up to 1 */
function choose(routes: readonly Route[], random: number): number {
  let percent = random * 100;
  const chosen = routes.find(({ weight }) => (percent -= weight) < 0);
  return (chosen ?? routes[0])?.version ?? 0;
}
