/**
 * The field table of each state type: what it may have, what it must have, and of which type.
 * @see https://states-language.net/spec.html#state-type-table
 */
import type { Diagnostic } from "./diagnostic.ts";
import { FieldReader } from "./field-reader.ts";
import { memberOf, type JsonObject } from "./json.ts";
import { parseChoiceRule } from "./parse-choice-rule.ts";
import { parseMap, type ParseSubMachine } from "./parse-map.ts";
import { assign, filters, recovery, resultPath, transition, withResult } from "./parse-shared-fields.ts";
import { parseResource } from "./resource.ts";
import type {
  ChoiceState,
  FailState,
  ParallelState,
  PassState,
  QueryLanguage,
  Selector,
  State,
  SucceedState,
  TaskState,
  WaitState,
} from "./types.ts";

/** In the order of AWS's message. */
const TYPES = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"] as const;
const SECONDS = { min: 0, max: 99_999_999 };
const TIMEOUT = { min: 1, max: 99_999_999 };

export interface StateContext {
  /** The machine's own, which a state may override. */
  readonly language: QueryLanguage;
  readonly diagnostics: Diagnostic[];
  readonly parseSubMachine: ParseSubMachine;
}

/** One state, or undefined after its faults were reported. A state with faults is answered where it can be. */
export function parseState(
  Name: string,
  object: JsonObject,
  location: string,
  context: StateContext,
): State | undefined {
  const findings = { diagnostics: context.diagnostics, variables: new Set<string>() };
  const reader = new FieldReader(object, location, findings, languageOf(memberOf(object, "QueryLanguage"), context));
  const isDowngraded = reader.language === "JSONPath" && context.language === "JSONata";
  if (isDowngraded) reader.report("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  reader.require("Type");
  const Type = typeOf(reader);
  if (Type === undefined) return undefined;
  const Comment = reader.string("Comment");
  const named = { Name, QueryLanguage: reader.language, ...(Comment !== undefined && { Comment }) };
  const before = context.diagnostics.length;
  const state = parseByType(Type, named, reader, context.parseSubMachine);
  if (isDowngraded) withdrawLanguageFaults(context.diagnostics, before, location);
  reader.oneOf("QueryLanguage", ["JSONPath", "JSONata"]);
  reader.finish();
  return state && (findings.variables.size === 0 ? state : { ...state, variables: [...findings.variables].sort() });
}

/** Anything but exactly `JSONPath` counts as JSONata; the wrong spelling is reported besides. */
function languageOf(own: unknown, context: StateContext): QueryLanguage {
  if (own === undefined) return context.language;
  return own === "JSONPath" ? "JSONPath" : "JSONata";
}

/** AWS does not tell of a state whose language is refused that it has fields of the other one. */
function withdrawLanguageFaults(diagnostics: Diagnostic[], from: number, location: string): void {
  const kept = diagnostics
    .splice(from)
    .filter((x) => x.location !== location || !x.message.startsWith("The QueryLanguage is set to"));
  diagnostics.push(...kept);
}

function typeOf(reader: FieldReader): State["Type"] | undefined {
  const text = reader.string("Type");
  const Type = TYPES.find((x) => x === text);
  if (text !== undefined && Type === undefined) {
    reader.report(`The field 'Type' should have one of these values: [${TYPES.join(", ")}]`, reader.at("Type"));
  }
  return Type;
}

type Named = Pick<State, "Name" | "Comment" | "QueryLanguage">;

function parseByType(
  Type: State["Type"],
  named: Named,
  reader: FieldReader,
  parseSubMachine: ParseSubMachine,
): State | undefined {
  switch (Type) {
    case "Pass":
      return parsePass(named, reader);
    case "Task":
      return parseTask(named, reader);
    case "Choice":
      return parseChoice(named, reader);
    case "Wait":
      return parseWait(named, reader);
    case "Succeed":
      return { Type, ...named, ...filters(reader) } satisfies SucceedState;
    case "Fail":
      return parseFail(named, reader);
    case "Parallel":
      return parseParallel(named, reader, parseSubMachine);
    case "Map":
      return parseMap(named, reader, parseSubMachine);
  }
}

function parsePass(named: Named, reader: FieldReader): PassState {
  const isPath = reader.language === "JSONPath";
  reader.only("JSONPath", "Parameters", "Result");
  const Parameters = isPath ? reader.template("Parameters") : undefined;
  const Result = isPath ? reader.raw("Result") : undefined;
  return {
    Type: "Pass",
    ...named,
    ...filters(reader),
    ...transition(reader),
    ...assign(reader),
    ...resultPath(reader),
    ...(Parameters && { Parameters }),
    ...(Result !== undefined && { Result }),
  };
}

function parseTask(named: Named, reader: FieldReader): TaskState | undefined {
  reader.require("Resource");
  const Resource = resourceOf(reader);
  const TimeoutSeconds = reader.integerOrPath("TimeoutSeconds", TIMEOUT);
  const HeartbeatSeconds = reader.integerOrPath("HeartbeatSeconds", TIMEOUT);
  checkHeartbeat(reader, TimeoutSeconds, HeartbeatSeconds);
  const Credentials = parseCredentials(reader);
  if (Credentials && Resource?.kind === "activity") {
    reader.report("The field 'Credentials' is not supported for activities", reader.at("Credentials"));
  }
  const rest = {
    ...named,
    ...filters(reader, "result"),
    ...transition(reader),
    ...assign(reader, "result"),
    ...withResult(reader),
    ...recovery(reader),
    ...(Credentials && { Credentials }),
    ...(TimeoutSeconds && { TimeoutSeconds }),
    ...(HeartbeatSeconds && { HeartbeatSeconds }),
  };
  return Resource && { Type: "Task", Resource, ...rest };
}

function resourceOf(reader: FieldReader): TaskState["Resource"] | undefined {
  const arn = reader.string("Resource");
  const resource = arn === undefined ? undefined : parseResource(arn);
  if (arn === undefined || resource !== undefined) return resource;
  const message = arn.startsWith("arn:")
    ? `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`
    : "Value is not a valid resource ARN";
  reader.report(message, reader.at("Resource"));
  return undefined;
}

function checkHeartbeat(
  reader: FieldReader,
  timeout: TaskState["TimeoutSeconds"],
  heartbeat: TaskState["HeartbeatSeconds"],
): void {
  if (timeout?.kind === "value" && heartbeat?.kind === "value" && heartbeat.value >= timeout.value) {
    reader.report("HeartbeatSeconds must be smaller than TimeoutSeconds", reader.at("HeartbeatSeconds"));
  }
}

function parseCredentials(reader: FieldReader): TaskState["Credentials"] {
  const isExpression = reader.expression("Credentials") !== undefined;
  const object = isExpression ? undefined : reader.object("Credentials");
  if (object !== undefined && !Object.hasOwn(object, "RoleArn") && !Object.hasOwn(object, "RoleArn.$")) {
    reader.report("The field 'RoleArn' is required but was missing", reader.at("Credentials"));
  }
  return object === undefined && !isExpression ? undefined : reader.template("Credentials");
}

function parseChoice(named: Named, reader: FieldReader): ChoiceState {
  reader.require("Choices");
  const list = reader.filledArray("Choices") ?? [];
  const Choices = list
    .map((rule, i) => parseChoiceRule(rule, `${reader.at("Choices")}[${i}]`, reader))
    .filter((rule) => rule !== undefined);
  const Default = reader.string("Default");
  return {
    Type: "Choice",
    ...named,
    ...filters(reader),
    ...assign(reader),
    Choices,
    ...(Default !== undefined && { Default }),
  };
}

function parseWait(named: Named, reader: FieldReader): WaitState | undefined {
  reader.exactlyOne("SecondsPath", "Seconds", "TimestampPath", "Timestamp");
  reader.only("JSONPath", "SecondsPath", "TimestampPath");
  const until = reader.language === "JSONPath" ? parseUntil(reader) : parseUntilExpression(reader);
  const rest = { ...named, ...filters(reader), ...transition(reader), ...assign(reader) };
  return until && { Type: "Wait", until, ...rest };
}

function parseUntil(reader: FieldReader): WaitState["until"] | undefined {
  const written = parseWritten(reader);
  if (written !== undefined) return written;
  const secondsPath = reader.plainPath("SecondsPath");
  if (secondsPath !== undefined) return { kind: "SecondsPath", path: secondsPath };
  const timestampPath = reader.plainPath("TimestampPath");
  return timestampPath && { kind: "TimestampPath", path: timestampPath };
}

function parseWritten(reader: FieldReader): WaitState["until"] | undefined {
  const seconds = reader.integer("Seconds", SECONDS);
  if (seconds !== undefined) return { kind: "Seconds", seconds };
  const instant = reader.timestamp("Timestamp");
  return instant === undefined ? undefined : { kind: "Timestamp", instant };
}

function parseUntilExpression(reader: FieldReader): WaitState["until"] | undefined {
  const before = reader.findings.diagnostics.length;
  const seconds = reader.expression("Seconds");
  if (seconds !== undefined) return { kind: "SecondsExpression", expression: seconds };
  const timestamp = reader.expression("Timestamp");
  if (timestamp !== undefined) return { kind: "TimestampExpression", expression: timestamp };
  // An expression that does not parse is reported, and is no number or text either.
  return reader.findings.diagnostics.length > before ? undefined : parseWritten(reader);
}

function parseFail(named: Named, reader: FieldReader): FailState {
  reader.only("JSONPath", "ErrorPath", "CausePath");
  reader.atMostOne("Error", "ErrorPath");
  reader.atMostOne("Cause", "CausePath");
  const [ErrorPath, CausePath] = [failSelector(reader, "Error"), failSelector(reader, "Cause")];
  const Error = ErrorPath?.kind === "expression" ? undefined : reader.string("Error");
  const Cause = CausePath?.kind === "expression" ? undefined : reader.string("Cause");
  return {
    Type: "Fail",
    ...named,
    ...(Error !== undefined && { Error }),
    ...(ErrorPath && { ErrorPath }),
    ...(Cause !== undefined && { Cause }),
    ...(CausePath && { CausePath }),
  };
}

/** Where Error or Cause comes from, if it is not written out. */
function failSelector(reader: FieldReader, field: "Error" | "Cause"): Selector | undefined {
  if (reader.language === "JSONPath") return reader.selector(`${field}Path`);
  const expression = reader.expression(field);
  return expression && { kind: "expression", expression };
}

function parseParallel(named: Named, reader: FieldReader, parseSubMachine: ParseSubMachine): ParallelState {
  reader.require("Branches");
  const list = reader.filledArray("Branches") ?? [];
  const Branches = list.map((branch, i) => {
    const inner = reader.inner(branch, `${reader.at("Branches")}[${i}]`);
    return inner && parseSubMachine(inner);
  });
  return {
    Type: "Parallel",
    ...named,
    ...filters(reader, "result"),
    ...transition(reader),
    ...assign(reader, "result"),
    ...withResult(reader),
    ...recovery(reader),
    Branches: Branches.filter((x) => x !== undefined),
  };
}
