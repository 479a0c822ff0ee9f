/** Commands that are given to the API and to the model alike; both must answer the same. */
import * as fc from "fast-check";
import { Fixture, type ReplyBody } from "../api/fixture.ts";
import { BASE, Service, type Answer, type Weighted } from "./service.ts";

type Body = Readonly<Record<string, unknown>>;

/** Few, and one more often: what one command makes, others should meet. */
const NAMES = ["a", "a", "a", "b"] as const;
const DEFINITIONS = ["A", "B", "C"].map((name) =>
  JSON.stringify({ StartAt: name, States: { [name]: { Type: "Pass", End: true } } }),
);
const ROLES = ["x", "y"].map((name) => `arn:aws:iam::123456789012:role/${name}`);

const name = fc.constantFrom(...NAMES);
const definition = fc.constantFrom(...DEFINITIONS);
const roleArn = fc.constantFrom(...ROLES);
const machineArn = name.map((x) => `${BASE}:stateMachine:${x}`);
const versionArn = fc.tuple(machineArn, fc.integer({ min: 1, max: 3 })).map(([arn, version]) => `${arn}:${version}`);
const aliasName = fc.constantFrom("live", "test");
const aliasArn = fc.tuple(machineArn, aliasName).map(([arn, alias]) => `${arn}:${alias}`);
const activityArn = name.map((x) => `${BASE}:activity:${x}`);
const resourceArn = fc.oneof(machineArn, activityArn);
const key = fc.constantFrom("k", "l", "__proto__");
const routes: fc.Arbitrary<readonly Weighted[]> = fc.oneof(
  versionArn.map((arn) => [{ stateMachineVersionArn: arn, weight: 100 }]),
  fc.tuple(versionArn, versionArn, fc.constantFrom(0, 30, 100)).map(([first, second, weight]) => [
    { stateMachineVersionArn: first, weight },
    { stateMachineVersionArn: second, weight: 100 - weight },
  ]),
);

class Command implements fc.AsyncCommand<Service, Fixture> {
  readonly #operation: string;
  readonly #input: Body;
  readonly #foretell: (service: Service) => Answer;
  readonly #read: (body: ReplyBody) => Body;

  /** @param read what of an answer the model foretells; absent: its members that the model has */
  constructor(
    operation: string,
    input: Body,
    foretell: (service: Service) => Answer,
    read = (body: ReplyBody): Body => body,
  ) {
    this.#operation = operation;
    this.#input = input;
    this.#foretell = foretell;
    this.#read = read;
  }

  check(): boolean {
    return true;
  }

  async run(service: Service, api: Fixture): Promise<void> {
    api.at += 1000;
    const foretold = this.#foretell(service);
    const { status, body } = await api.call(this.#operation, this.#input);
    const what = `${this.toString()} answers ${status} ${JSON.stringify(body)} instead of ${JSON.stringify(foretold)}`;
    if (typeof foretold === "string") {
      if (body.__type !== foretold) throw new Error(what);
      return;
    }
    const read = this.#read(body);
    const isSame = Object.entries(foretold).every(
      ([member, value]) => JSON.stringify(read[member]) === JSON.stringify(value),
    );
    if (status !== 200 || !isSame) throw new Error(what);
  }

  toString(): string {
    return `${this.#operation}(${JSON.stringify(this.#input)})`;
  }
}

/** The ARNs in a list, in the order of their texts. */
const arns =
  (member: string, arn: string, isSorted = true) =>
  (body: ReplyBody): Body => {
    const found = (body[member] as readonly Body[]).map((item) => String(item[arn]));
    return { [member]: isSorted ? found.toSorted() : found };
  };

const tags = (body: ReplyBody): Body => ({
  tags: (body["tags"] as readonly { key: string; value: string }[]).map((x) => `${x.key}=${x.value}`).toSorted(),
});

/** The first of the commands, which make and change state machines and their versions, are given more often. */
const VERSIONED = 6;
/** Such as `CreateActivity`, with what the input is drawn from. */
const COMMANDS: readonly fc.Arbitrary<Command>[] = [
  fc
    .record({
      name,
      definition,
      roleArn,
      type: fc.constantFrom("STANDARD", "STANDARD", "EXPRESS"),
      publish: fc.boolean(),
    })
    .map((input) => new Command("CreateStateMachine", input, (x) => x.createStateMachine(input))),
  fc
    .record({
      stateMachineArn: machineArn,
      change: fc.record({ definition, roleArn }, { requiredKeys: [] }),
      publish: fc.boolean(),
    })
    .map(({ stateMachineArn, change, publish }) => {
      const input = { stateMachineArn, ...change, publish };
      return new Command("UpdateStateMachine", input, (x) =>
        x.updateStateMachine(stateMachineArn, { ...change, publish }),
      );
    }),
  one("DescribeStateMachine", "stateMachineArn", fc.oneof(machineArn, versionArn), (x, arn) =>
    x.describeStateMachine(arn),
  ),
  one("PublishStateMachineVersion", "stateMachineArn", machineArn, (x, arn) => x.publishStateMachineVersion(arn)),
  one(
    "ListStateMachineVersions",
    "stateMachineArn",
    machineArn,
    (x, arn) => x.listStateMachineVersions(arn),
    arns("stateMachineVersions", "stateMachineVersionArn", false),
  ),
  one("DeleteStateMachineVersion", "stateMachineVersionArn", versionArn, (x, arn) => x.deleteStateMachineVersion(arn)),
  fc
    .record({ name: aliasName, routingConfiguration: routes, description: fc.constantFrom("d", undefined) })
    .map(
      (input) =>
        new Command("CreateStateMachineAlias", input, (x) =>
          x.createStateMachineAlias(input.name, input.description, input.routingConfiguration),
        ),
    ),
  fc
    .record({ stateMachineAliasArn: aliasArn, routingConfiguration: routes })
    .map(
      (input) =>
        new Command("UpdateStateMachineAlias", input, (x) =>
          x.updateStateMachineAlias(input.stateMachineAliasArn, input.routingConfiguration),
        ),
    ),
  one("DescribeStateMachineAlias", "stateMachineAliasArn", aliasArn, (x, arn) => x.describeStateMachineAlias(arn)),
  one("DeleteStateMachineAlias", "stateMachineAliasArn", aliasArn, (x, arn) => x.deleteStateMachineAlias(arn)),
  one(
    "ListStateMachineAliases",
    "stateMachineArn",
    machineArn,
    (x, arn) => x.listStateMachineAliases(arn),
    arns("stateMachineAliases", "stateMachineAliasArn"),
  ),
  one("CreateActivity", "name", name, (x, given) => x.createActivity(given)),
  one("DescribeActivity", "activityArn", activityArn, (x, arn) => x.describeActivity(arn)),
  one("DeleteActivity", "activityArn", activityArn, (x, arn) => x.deleteActivity(arn)),
  one("DeleteStateMachine", "stateMachineArn", machineArn, (x, arn) => x.deleteStateMachine(arn)),
  fc.constant(
    new Command("ListStateMachines", {}, (x) => x.listStateMachines(), arns("stateMachines", "stateMachineArn")),
  ),
  fc.constant(new Command("ListActivities", {}, (x) => x.listActivities(), arns("activities", "activityArn"))),
  fc
    .record({ resourceArn, key, value: fc.constantFrom("1", "2", "") })
    .map(
      ({ resourceArn: arn, key: tag, value }) =>
        new Command("TagResource", { resourceArn: arn, tags: [{ key: tag, value }] }, (x) =>
          x.tagResource(arn, tag, value),
        ),
    ),
  fc
    .record({ resourceArn, key })
    .map(
      ({ resourceArn: arn, key: tag }) =>
        new Command("UntagResource", { resourceArn: arn, tagKeys: [tag] }, (x) => x.untagResource(arn, tag)),
    ),
  one("ListTagsForResource", "resourceArn", resourceArn, (x, arn) => x.listTagsForResource(arn), tags),
  fc
    .record({ stateMachineArn: fc.oneof(machineArn, versionArn), input: fc.constantFrom("{}", '{"a":1}') })
    .chain(({ stateMachineArn, input }) =>
      // A name for each: what a second start of the same name comes to is the object's word, which the fixture has not.
      fc.uuid().map(
        (given) =>
          new Command("StartExecution", { stateMachineArn, name: given, input }, (x) => {
            const answer = x.startExecution(stateMachineArn, given, input);
            return typeof answer === "string" || answer["isExpress"] === undefined ? answer : {};
          }),
      ),
    ),
  fc.nat().map((nth) => new ExecutionCommand(nth)),
];

/** Asks for one of the executions that were started. */
class ExecutionCommand extends Command {
  readonly #nth: number;

  constructor(nth: number) {
    super("DescribeStateMachineForExecution", {}, () => ({}));
    this.#nth = nth;
  }

  override async run(service: Service, api: Fixture): Promise<void> {
    const started = [...service.executions.keys()];
    const executionArn = started[this.#nth % Math.max(1, started.length)] ?? `${BASE}:execution:a:none`;
    const foretell = (x: Service): Answer => x.describeStateMachineForExecution(executionArn);
    await new Command("DescribeStateMachineForExecution", { executionArn }, foretell).run(service, api);
  }
}

function one(
  operation: string,
  member: string,
  values: fc.Arbitrary<string>,
  foretell: (service: Service, value: string) => Answer,
  read?: (body: ReplyBody) => Body,
): fc.Arbitrary<Command> {
  return values.map(
    (value) => new Command(operation, { [member]: value }, (service) => foretell(service, value), read),
  );
}

/** Runs that many sequences; throws at the first divergence, with the shortest sequence that shows it. */
export async function checkAgainstModel(sequences: number, commands: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.commands([...COMMANDS, ...COMMANDS.slice(0, VERSIONED), ...COMMANDS.slice(0, VERSIONED)], {
        maxCommands: commands,
        size: "max",
      }),
      async (sequence) => {
        await fc.asyncModelRun(() => ({ model: new Service(), real: new Fixture() }), sequence);
      },
    ),
    { numRuns: sequences, seed },
  );
}
