/** The example workflows: what is in their folders, and how a server gets it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CreateStateMachineCommand,
  paginateListStateMachines,
  UpdateStateMachineCommand,
  type LoggingConfiguration,
  type SFNClient,
  type StateMachineType,
  type TracingConfiguration,
} from "@aws-sdk/client-sfn";

export const EXAMPLES: string = resolve(dirname(fileURLToPath(import.meta.url)), "../examples");
const DEFINITION = ".asl.json";
const MAIN = `definition${DEFINITION}`;
const ROLE_ARN = "arn:aws:iam::123456789012:role/local";

/** What of a state machine is not in its definition. */
interface Settings {
  readonly type?: StateMachineType;
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly tracingConfiguration?: TracingConfiguration;
}

/** A request of the REST API, with JSON or a file of the folder as its body. */
export interface SetupRequest {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly body?: unknown;
  readonly file?: string;
}

/** `setup.json` of a folder that needs more than its definitions. */
interface Setup {
  /** By the definition's file name, without its end. */
  readonly stateMachines?: Readonly<Record<string, Settings>>;
  /** Made after the state machines, in this order, each time the examples are loaded: they must be repeatable. */
  readonly requests?: readonly SetupRequest[];
}

export function exampleNames(): readonly string[] {
  return readdirSync(EXAMPLES).filter((entry) => existsSync(join(EXAMPLES, entry, MAIN)));
}

/** Creates the state machines of each folder and what they need, or brings them up to date; the examples' ARNs by name. */
export async function loadExamples(client: SFNClient, endpoint: string): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for await (const page of paginateListStateMachines({ client }, {})) {
    for (const { name, stateMachineArn } of page.stateMachines ?? []) known.set(name ?? "", stateMachineArn ?? "");
  }
  const loaded = new Map<string, string>();
  for (const example of exampleNames()) {
    const setup = readSetup(example);
    for (const file of readdirSync(join(EXAMPLES, example)).filter((entry) => entry.endsWith(DEFINITION))) {
      const part = file.slice(0, -DEFINITION.length);
      const name = file === MAIN ? example : `${example}-${part}`;
      const settings = {
        definition: readFileSync(join(EXAMPLES, example, file), "utf8"),
        ...setup.stateMachines?.[part],
      };
      const stateMachineArn = await putStateMachine(client, name, known.get(name), settings);
      if (file === MAIN) loaded.set(name, stateMachineArn);
    }
    for (const request of setup.requests ?? []) await sendSetup(endpoint, example, request);
  }
  return loaded;
}

async function putStateMachine(
  client: SFNClient,
  name: string,
  knownArn: string | undefined,
  { type, ...settings }: Settings & { readonly definition: string },
): Promise<string> {
  if (knownArn !== undefined) {
    await client.send(new UpdateStateMachineCommand({ stateMachineArn: knownArn, ...settings }));
    return knownArn;
  }
  const input = { name, roleArn: ROLE_ARN, type: type ?? "STANDARD", ...settings };
  return (await client.send(new CreateStateMachineCommand(input))).stateMachineArn ?? "";
}

/** Sends a request as an example's setup.json has it. @throws what the server says against it */
export async function sendSetup(endpoint: string, example: string, request: SetupRequest): Promise<void> {
  const { method, path, body, file } = request;
  const response = await fetch(new URL(path, endpoint), {
    method,
    ...(file === undefined
      ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }
      : { body: readFileSync(join(EXAMPLES, example, file)) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} of the example ${example}: ${await response.text()}`);
}

function readSetup(example: string): Setup {
  const path = join(EXAMPLES, example, "setup.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Setup) : {};
}
