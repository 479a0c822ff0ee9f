/**
 * AWS's documented behavior of the catalogue, in memory and as plainly as possible: state machines, versions, aliases, tags,
 * activities, and what an execution is started with. Written from the API reference, not from the sources it is held against.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
export const BASE = "arn:aws:states:us-east-1:123456789012";

/** What an operation answers, as far as the model foretells it; or the name of its exception. */
export type Answer = Readonly<Record<string, unknown>> | string;

export interface Creation {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly publish: boolean;
}

export interface Weighted {
  readonly stateMachineVersionArn: string;
  readonly weight: number;
}

interface Version {
  readonly number: number;
  readonly revision: number;
  readonly definition: string;
  readonly roleArn: string;
}

interface Alias {
  description: string | undefined;
  routes: readonly Weighted[];
}

interface Machine {
  readonly created: Creation;
  definition: string;
  roleArn: string;
  /** Counts what really changed. */
  revision: number;
  nextVersion: number;
  versions: Version[];
  readonly aliases: Map<string, Alias>;
  readonly tags: Map<string, string>;
}

interface Execution {
  readonly stateMachineArn: string;
  readonly definition: string;
  readonly input: string;
  readonly versionArn: string | undefined;
  readonly aliasArn: string | undefined;
}

export class Service {
  readonly machines: Map<string, Machine> = new Map();
  readonly activities: Map<string, Map<string, string>> = new Map();
  readonly executions: Map<string, Execution> = new Map();

  createStateMachine(request: Creation): Answer {
    const arn = `${BASE}:stateMachine:${request.name}`;
    const known = this.machines.get(arn);
    if (known === undefined) {
      const { definition, roleArn } = request;
      const machine: Machine = {
        created: request,
        definition,
        roleArn,
        revision: 1,
        nextVersion: 1,
        versions: [],
        aliases: new Map(),
        tags: new Map(),
      };
      this.machines.set(arn, machine);
      if (request.publish) publish(machine);
      return { stateMachineArn: arn, ...(request.publish && { stateMachineVersionArn: `${arn}:1` }) };
    }
    // The role and the tags do not count; a definition that was changed since does.
    const { created } = known;
    const isSame =
      known.definition === request.definition && created.type === request.type && created.publish === request.publish;
    if (!isSame) return "StateMachineAlreadyExists";
    return { stateMachineArn: arn, ...(request.publish && { stateMachineVersionArn: `${arn}:1` }) };
  }

  updateStateMachine(arn: string, change: { definition?: string; roleArn?: string; publish: boolean }): Answer {
    if (change.definition === undefined && change.roleArn === undefined) return "MissingRequiredParameter";
    const machine = this.machines.get(arn);
    if (machine === undefined) return "StateMachineDoesNotExist";
    const { definition = machine.definition, roleArn = machine.roleArn } = change;
    if (definition !== machine.definition || roleArn !== machine.roleArn) machine.revision += 1;
    machine.definition = definition;
    machine.roleArn = roleArn;
    return change.publish ? { stateMachineVersionArn: `${arn}:${publish(machine)}` } : {};
  }

  deleteStateMachine(arn: string): Answer {
    this.machines.delete(arn);
    return {};
  }

  describeStateMachine(arn: string): Answer {
    const machine = this.machines.get(arn);
    const found = machine ?? this.#versionAt(arn);
    if (found === undefined) return "StateMachineDoesNotExist";
    return { stateMachineArn: arn, definition: found.definition, roleArn: found.roleArn };
  }

  listStateMachines(): Answer {
    return { stateMachines: [...this.machines.keys()].toSorted() };
  }

  publishStateMachineVersion(arn: string): Answer {
    const machine = this.machines.get(arn);
    if (machine === undefined) return "StateMachineDoesNotExist";
    return { stateMachineVersionArn: `${arn}:${publish(machine)}` };
  }

  listStateMachineVersions(arn: string): Answer {
    const machine = this.machines.get(arn);
    if (machine === undefined) return "StateMachineDoesNotExist";
    return { stateMachineVersions: machine.versions.map(({ number }) => `${arn}:${number}`).toReversed() };
  }

  deleteStateMachineVersion(versionArn: string): Answer {
    const { machine, number } = this.#qualified(versionArn);
    if (machine === undefined) return {};
    const isReferenced = [...machine.aliases.values()].some(({ routes }) =>
      routes.some((route) => route.stateMachineVersionArn === versionArn),
    );
    if (isReferenced) return "ConflictException";
    machine.versions = machine.versions.filter((version) => version.number !== number);
    return {};
  }

  createStateMachineAlias(name: string, description: string | undefined, routes: readonly Weighted[]): Answer {
    const fault = this.#routingFault(routes);
    if (fault !== undefined) return fault;
    const { arn, machine } = this.#qualified(routes[0]?.stateMachineVersionArn ?? "");
    const known = machine?.aliases.get(name);
    const isSame = known?.description === description && JSON.stringify(known?.routes) === JSON.stringify(routes);
    if (known !== undefined && !isSame) return "ConflictException";
    if (known === undefined && !this.#haveVersions(routes)) return "ResourceNotFound";
    machine?.aliases.set(name, { description, routes });
    return { stateMachineAliasArn: `${arn}:${name}` };
  }

  updateStateMachineAlias(aliasArn: string, routes: readonly Weighted[]): Answer {
    const fault = this.#routingFault(routes);
    if (fault !== undefined) return fault;
    const { arn, machine, qualifier } = this.#qualified(aliasArn);
    if (this.#qualified(routes[0]?.stateMachineVersionArn ?? "").arn !== arn) return "ValidationException";
    const alias = machine?.aliases.get(qualifier);
    if (alias === undefined || !this.#haveVersions(routes)) return "ResourceNotFound";
    alias.routes = routes;
    return {};
  }

  describeStateMachineAlias(aliasArn: string): Answer {
    const { machine, qualifier } = this.#qualified(aliasArn);
    const alias = machine?.aliases.get(qualifier);
    if (alias === undefined) return "ResourceNotFound";
    return { name: qualifier, routingConfiguration: alias.routes };
  }

  deleteStateMachineAlias(aliasArn: string): Answer {
    const { machine, qualifier } = this.#qualified(aliasArn);
    return machine?.aliases.delete(qualifier) === true ? {} : "ResourceNotFound";
  }

  listStateMachineAliases(arn: string): Answer {
    const machine = this.machines.get(arn);
    if (machine === undefined) return "StateMachineDoesNotExist";
    return { stateMachineAliases: [...machine.aliases.keys()].map((name) => `${arn}:${name}`).toSorted() };
  }

  createActivity(name: string): Answer {
    const arn = `${BASE}:activity:${name}`;
    if (!this.activities.has(arn)) this.activities.set(arn, new Map());
    return { activityArn: arn };
  }

  describeActivity(arn: string): Answer {
    return this.activities.has(arn) ? { activityArn: arn } : "ActivityDoesNotExist";
  }

  deleteActivity(arn: string): Answer {
    this.activities.delete(arn);
    return {};
  }

  listActivities(): Answer {
    return { activities: [...this.activities.keys()].toSorted() };
  }

  tagResource(arn: string, key: string, value: string): Answer {
    const tags = this.#tagsOf(arn);
    if (tags === undefined) return "ResourceNotFound";
    if (tags.size >= 50 && !tags.has(key)) return "TooManyTags";
    tags.set(key, value);
    return {};
  }

  untagResource(arn: string, key: string): Answer {
    const tags = this.#tagsOf(arn);
    if (tags === undefined) return "ResourceNotFound";
    tags.delete(key);
    return {};
  }

  listTagsForResource(arn: string): Answer {
    const tags = this.#tagsOf(arn);
    if (tags === undefined) return "ResourceNotFound";
    return { tags: [...tags].map(([key, value]) => `${key}=${value}`).toSorted() };
  }

  /** @param arn of the machine, of a version or an alias that leads to a single version */
  startExecution(arn: string, name: string, input: string): Answer {
    const { arn: machineArn, machine: around, qualifier } = this.#qualified(arn);
    const machine = this.machines.get(arn) ?? around;
    if (machine === undefined) return "StateMachineDoesNotExist";
    const alias = machine.aliases.get(qualifier);
    const versionArn = alias?.routes[0]?.stateMachineVersionArn ?? (this.machines.has(arn) ? undefined : arn);
    const pinned = versionArn === undefined ? machine : this.#versionAt(versionArn);
    if (pinned === undefined) return "StateMachineDoesNotExist";
    const stateMachineArn = this.machines.has(arn) ? arn : machineArn;
    if (machine.created.type === "EXPRESS") return { isExpress: true };
    const executionArn = `${BASE}:execution:${machine.created.name}:${name}`;
    const aliasArn = alias === undefined ? undefined : arn;
    this.executions.set(executionArn, { stateMachineArn, definition: pinned.definition, input, versionArn, aliasArn });
    return { executionArn };
  }

  /** Pinned to what the execution was started with, whatever became of it since. */
  describeStateMachineForExecution(executionArn: string): Answer {
    const execution = this.executions.get(executionArn);
    if (execution === undefined) return "ExecutionDoesNotExist";
    const { stateMachineArn, definition } = execution;
    return { stateMachineArn, definition };
  }

  #tagsOf(arn: string): Map<string, string> | undefined {
    return this.machines.get(arn)?.tags ?? this.activities.get(arn);
  }

  #qualified(text: string): { arn: string; machine: Machine | undefined; qualifier: string; number: number } {
    const at = text.lastIndexOf(":");
    const [arn, qualifier] = [text.slice(0, at), text.slice(at + 1)];
    return { arn, machine: this.machines.get(arn), qualifier, number: Number(qualifier) };
  }

  #versionAt(arn: string): Version | undefined {
    const { machine, number } = this.#qualified(arn);
    return machine?.versions.find((version) => version.number === number);
  }

  #haveVersions(routes: readonly Weighted[]): boolean {
    return routes.every(({ stateMachineVersionArn }) => this.#versionAt(stateMachineVersionArn) !== undefined);
  }

  #routingFault(routes: readonly Weighted[]): string | undefined {
    const machines = new Set(routes.map((route) => this.#qualified(route.stateMachineVersionArn).arn));
    const versions = new Set(routes.map((route) => route.stateMachineVersionArn));
    const sum = routes.reduce((total, { weight }) => total + weight, 0);
    return machines.size > 1 || versions.size < routes.length || sum !== 100 ? "ValidationException" : undefined;
  }
}

/** A revision has one version: publishing it again answers that one. Numbers are never used twice. */
function publish(machine: Machine): number {
  const known = machine.versions.find(({ revision }) => revision === machine.revision);
  if (known !== undefined) return known.number;
  const { revision, definition, roleArn } = machine;
  machine.versions.push({ number: machine.nextVersion, revision, definition, roleArn });
  machine.nextVersion += 1;
  return machine.nextVersion - 1;
}
