/**
 * Builds ARNs and takes them apart.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */

/** The account and region under which everything of this deployment is named. */
export interface ArnConfig {
  readonly accountId: string;
  readonly region: string;
}

export const DEFAULT_ARN_CONFIG: ArnConfig = { accountId: "123456789012", region: "us-east-1" };

interface Located {
  /** The whole text. */
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export interface StateMachineArn extends Located {
  readonly kind: "stateMachine";
  readonly name: string;
  /** The state machine without its qualifier or label. */
  readonly stateMachineArn: string;
}

/** A version (a number) or an alias of a state machine. */
export interface QualifiedStateMachineArn extends Located {
  readonly kind: "qualifiedStateMachine";
  readonly name: string;
  readonly qualifier: string;
  readonly stateMachineArn: string;
}

/** The machine inside a Distributed Map state. */
export interface LabeledStateMachineArn extends Located {
  readonly kind: "labeledStateMachine";
  readonly name: string;
  readonly label: string;
  readonly stateMachineArn: string;
}

export interface ExecutionArn extends Located {
  readonly kind: "execution";
  readonly stateMachineName: string;
  readonly name: string;
}

export interface ExpressExecutionArn extends Located {
  readonly kind: "express";
  readonly stateMachineName: string;
  readonly name: string;
  readonly id: string;
}

export interface ActivityArn extends Located {
  readonly kind: "activity";
  readonly name: string;
}

export interface MapRunArn extends Located {
  readonly kind: "mapRun";
  readonly stateMachineName: string;
  readonly label: string;
  readonly id: string;
}

export type Arn =
  | StateMachineArn
  | QualifiedStateMachineArn
  | LabeledStateMachineArn
  | ExecutionArn
  | ExpressExecutionArn
  | ActivityArn
  | MapRunArn;

export type ArnKind = Arn["kind"];

/** `reason` is what AWS puts between the quotes of `Invalid Arn: '…'`. */
export type ParsedArn = { readonly ok: true; readonly arn: Arn } | { readonly ok: false; readonly reason: string };

/** The word that AWS uses for the resource in an ARN. */
const RESOURCE_TYPES: { readonly [Kind in ArnKind]: string } = {
  stateMachine: "stateMachine",
  qualifiedStateMachine: "stateMachine",
  labeledStateMachine: "stateMachine",
  execution: "execution",
  express: "express",
  activity: "activity",
  mapRun: "mapRun",
};

/** What the ARN names, or why AWS would not take it. Says nothing about whether the thing exists. */
export function parseArn(text: string): ParsedArn {
  const [prefix, partition, service, region, accountId, type, ...rest] = text.split(":");
  if (prefix !== "arn") return refused(`Invalid ARN prefix: ${text}`);
  if (partition === undefined || !/^aws(?:-[a-z]+)*$/u.test(partition))
    return refused(`Invalid ARN partition: ${text}`);
  if (service !== "states") return refused(`Invalid ARN service: ${text}`);
  if (region === undefined || region === "") return refused(`Invalid ARN region: ${text}`);
  if (accountId === undefined || !/^\d{12}$/u.test(accountId)) return refused(`Invalid ARN account: ${text}`);
  const located = { arn: text, partition, region, accountId };
  const arn = rest.includes("") ? undefined : readResource(located, type, rest);
  return arn === undefined ? refused(`Invalid ARN resource: ${text}`) : { ok: true, arn };
}

/** Like `parseArn`, and only one of the kinds that make sense where the caller gave it. */
export function parseArnOf<Kind extends ArnKind>(
  text: string,
  ...kinds: readonly Kind[]
): { readonly ok: true; readonly arn: Extract<Arn, { kind: Kind }> } | { readonly ok: false; readonly reason: string } {
  const parsed = parseArn(text);
  if (!parsed.ok) return parsed;
  const { arn } = parsed;
  if (isOneOf(arn, kinds)) return { ok: true, arn };
  return refused(`Resource type not valid in this context: ${RESOURCE_TYPES[arn.kind]}`);
}

export function stateMachineArn(config: ArnConfig, name: string): string {
  return `${base(config)}:stateMachine:${name}`;
}

export function activityArn(config: ArnConfig, name: string): string {
  return `${base(config)}:activity:${name}`;
}

/** The ARN of a Standard execution, in the account and region of its state machine. */
export function executionArn(machine: StateMachineArn | QualifiedStateMachineArn, name: string): string {
  return `${baseOf(machine)}:execution:${machine.name}:${name}`;
}

/** Express executions are not unique by name, so each carries an id. */
export function expressExecutionArn(
  machine: StateMachineArn | QualifiedStateMachineArn,
  name: string,
  id: string,
): string {
  return `${baseOf(machine)}:express:${machine.name}:${name}:${id}`;
}

export function mapRunArn(execution: ExecutionArn, label: string, id: string): string {
  return `${baseOf(execution)}:mapRun:${execution.stateMachineName}/${label}:${id}`;
}

/** A version or an alias of a state machine. */
export function qualifiedArn(unqualifiedArn: string, qualifier: string | number): string {
  return `${unqualifiedArn}:${qualifier}`;
}

function readResource(located: Located, type: string | undefined, rest: readonly string[]): Arn | undefined {
  const [first, second, third] = rest;
  if (first === undefined || rest.length > 3) return undefined;
  switch (type) {
    case "stateMachine":
      return rest.length > 2 ? undefined : readStateMachine(located, first, second);
    case "execution":
      if (second === undefined || third !== undefined) return undefined;
      return { kind: "execution", ...located, stateMachineName: first, name: second };
    case "express":
      if (second === undefined || third === undefined) return undefined;
      return { kind: "express", ...located, stateMachineName: first, name: second, id: third };
    case "activity":
      return second === undefined ? { kind: "activity", ...located, name: first } : undefined;
    case "mapRun": {
      const [stateMachineName, label, ...more] = first.split("/");
      if (!stateMachineName || !label || more.length > 0 || second === undefined || third !== undefined)
        return undefined;
      return { kind: "mapRun", ...located, stateMachineName, label, id: second };
    }
    default:
      return undefined;
  }
}

function readStateMachine(located: Located, first: string, qualifier: string | undefined): Arn | undefined {
  const [name, label, ...more] = first.split("/");
  if (!name || label === "" || more.length > 0 || (label !== undefined && qualifier !== undefined)) return undefined;
  const unqualified = `${baseOf(located)}:stateMachine:${name}`;
  if (label !== undefined)
    return { kind: "labeledStateMachine", ...located, name, label, stateMachineArn: unqualified };
  if (qualifier !== undefined) {
    return { kind: "qualifiedStateMachine", ...located, name, qualifier, stateMachineArn: unqualified };
  }
  return { kind: "stateMachine", ...located, name, stateMachineArn: unqualified };
}

function isOneOf<Kind extends ArnKind>(arn: Arn, kinds: readonly Kind[]): arn is Extract<Arn, { kind: Kind }> {
  return kinds.some((kind) => kind === arn.kind);
}

function base(config: ArnConfig): string {
  return `arn:aws:states:${config.region}:${config.accountId}`;
}

function baseOf(located: Located): string {
  return `arn:${located.partition}:states:${located.region}:${located.accountId}`;
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
