/**
 * The field table of each state type: what it may have, what it must have, and of which type.
 * @see https://states-language.net/spec.html#state-type-table
 */
import type { Diagnostic } from "./diagnostic.ts";
import { FieldReader } from "./field-reader.ts";
import type { JsonObject } from "./json.ts";
import { parseChoiceRule } from "./parse-choice-rule.ts";
import { assign, filters, recovery, resultPath, transition, withResult } from "./parse-shared-fields.ts";
import { parseResource } from "./resource.ts";
import type {
  ChoiceState,
  FailState,
  MapState,
  ParallelState,
  PassState,
  QueryLanguage,
  Selector,
  State,
  SubMachine,
  SucceedState,
  TaskState,
  WaitState,
} from "./types.ts";

const TYPES = ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"] as const;
const SECONDS = { min: 0, max: 99_999_999 };
const TIMEOUT = { min: 1, max: 99_999_999 };
const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** Parses a machine nested in a state: a branch or an item processor. */
export type ParseSubMachine = (object: JsonObject, location: string) => SubMachine | undefined;

export interface StateContext {
  /** The machine's own, which a state may override. */
  readonly language: QueryLanguage;
  readonly diagnostics: Diagnostic[];
  readonly parseSubMachine: ParseSubMachine;
}

/** One state, or undefined after its faults were reported. */
export function parseState(
  Name: string,
  object: JsonObject,
  location: string,
  context: StateContext,
): State | undefined {
  const before = context.diagnostics.length;
  const QueryLanguage = languageOf(object, location, context);
  const reader = new FieldReader(object, location, context.diagnostics, QueryLanguage);
  reader.has("QueryLanguage");
  reader.require("Type");
  const Type = reader.oneOf("Type", TYPES);
  if (Type === undefined) return undefined;
  const Comment = reader.string("Comment");
  const named = { Name, QueryLanguage, ...(Comment !== undefined && { Comment }) };
  const state = parseByType(Type, named, reader, context);
  reader.finish();
  return context.diagnostics.length === before ? state : undefined;
}

function languageOf(object: JsonObject, location: string, context: StateContext): QueryLanguage {
  const { QueryLanguage: own = null } = object;
  const reader = new FieldReader(own === null ? {} : { QueryLanguage: own }, location, context.diagnostics);
  const language = reader.oneOf("QueryLanguage", ["JSONPath", "JSONata"]) ?? context.language;
  if (language === "JSONPath" && context.language === "JSONata") {
    reader.report("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  return language;
}

type Named = Pick<State, "Name" | "Comment" | "QueryLanguage">;

function parseByType(Type: State["Type"], named: Named, reader: FieldReader, context: StateContext): State | undefined {
  switch (Type) {
    case "Pass":
      return parsePass(named, reader);
    case "Task":
      return parseTask(named, reader, context);
    case "Choice":
      return parseChoice(named, reader, context);
    case "Wait":
      return parseWait(named, reader);
    case "Succeed":
      return { Type, ...named, ...filters(reader) } satisfies SucceedState;
    case "Fail":
      return parseFail(named, reader);
    case "Parallel":
      return parseParallel(named, reader, context);
    case "Map":
      return parseMap(named, reader, context);
  }
}

function parsePass(named: Named, reader: FieldReader): PassState {
  const isPath = reader.language === "JSONPath";
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

function parseTask(named: Named, reader: FieldReader, context: StateContext): TaskState | undefined {
  reader.require("Resource");
  const arn = reader.string("Resource");
  const Resource = arn === undefined ? undefined : parseResource(arn);
  if (arn !== undefined && Resource === undefined) reader.report(unrecognizedResource(arn), reader.at("Resource"));
  const TimeoutSeconds = reader.integerOrPath("TimeoutSeconds", TIMEOUT);
  const HeartbeatSeconds = reader.integerOrPath("HeartbeatSeconds", TIMEOUT);
  checkHeartbeat(reader, TimeoutSeconds, HeartbeatSeconds);
  const Credentials = parseCredentials(reader);
  const rest = {
    ...named,
    ...filters(reader),
    ...transition(reader),
    ...assign(reader),
    ...withResult(reader),
    ...recovery(reader, context.diagnostics),
    ...(Credentials && { Credentials }),
    ...(TimeoutSeconds && { TimeoutSeconds }),
    ...(HeartbeatSeconds && { HeartbeatSeconds }),
  };
  return Resource && { Type: "Task", Resource, ...rest };
}

const unrecognizedResource = (arn: string): string =>
  `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`;

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
  const object = reader.object("Credentials");
  if (object === undefined) return undefined;
  if (!Object.hasOwn(object, "RoleArn") && !Object.hasOwn(object, "RoleArn.$")) {
    reader.report("The field 'RoleArn' is required but was missing", reader.at("Credentials"));
  }
  return reader.template("Credentials");
}

function parseChoice(named: Named, reader: FieldReader, context: StateContext): ChoiceState {
  reader.require("Choices");
  const list = reader.array("Choices") ?? [];
  if (reader.has("Choices") && list.length === 0) reader.report("Array must not be empty", reader.at("Choices"));
  const Choices = list
    .map((rule, i) => parseChoiceRule(rule, `${reader.at("Choices")}/${i}`, context.diagnostics, reader.language))
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
  const isPath = reader.language === "JSONPath";
  reader.exactlyOne(...(isPath ? ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"] : ["Seconds", "Timestamp"]));
  const until = isPath ? parseUntil(reader) : (parseUntilExpression(reader) ?? parseUntil(reader));
  const rest = { ...named, ...filters(reader), ...transition(reader), ...assign(reader) };
  return until && { Type: "Wait", until, ...rest };
}

function parseUntil(reader: FieldReader): WaitState["until"] | undefined {
  const seconds = reader.integer("Seconds", SECONDS);
  if (seconds !== undefined) return { kind: "Seconds", seconds };
  const instant = reader.timestamp("Timestamp");
  if (instant !== undefined) return { kind: "Timestamp", instant };
  const secondsPath = reader.plainPath("SecondsPath");
  if (secondsPath !== undefined) return { kind: "SecondsPath", path: secondsPath };
  const timestampPath = reader.plainPath("TimestampPath");
  return timestampPath && { kind: "TimestampPath", path: timestampPath };
}

function parseUntilExpression(reader: FieldReader): WaitState["until"] | undefined {
  const seconds = reader.expression("Seconds");
  if (seconds !== undefined) return { kind: "SecondsExpression", expression: seconds };
  const timestamp = reader.expression("Timestamp");
  return timestamp && { kind: "TimestampExpression", expression: timestamp };
}

function parseFail(named: Named, reader: FieldReader): FailState {
  const [ErrorPath, CausePath] = [failSelector(reader, "Error"), failSelector(reader, "Cause")];
  const Error = ErrorPath?.kind === "expression" ? undefined : reader.string("Error");
  const Cause = CausePath?.kind === "expression" ? undefined : reader.string("Cause");
  if (reader.language === "JSONPath" && reader.has("Error") && reader.has("ErrorPath"))
    reader.report("Only one of these fields is allowed: [Error, ErrorPath]");
  if (reader.language === "JSONPath" && reader.has("Cause") && reader.has("CausePath"))
    reader.report("Only one of these fields is allowed: [Cause, CausePath]");
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

function parseParallel(named: Named, reader: FieldReader, context: StateContext): ParallelState {
  reader.require("Branches");
  const list = reader.array("Branches") ?? [];
  if (reader.has("Branches") && list.length === 0) reader.report("Array must not be empty", reader.at("Branches"));
  const Branches = list.map((branch, i) =>
    parseNestedMachine(branch, `${reader.at("Branches")}/${i}`, reader, context),
  );
  return {
    Type: "Parallel",
    ...named,
    ...filters(reader),
    ...transition(reader),
    ...assign(reader),
    ...withResult(reader),
    ...recovery(reader, context.diagnostics),
    Branches: Branches.filter((x) => x !== undefined),
  };
}

function parseMap(named: Named, reader: FieldReader, context: StateContext): MapState | undefined {
  if (reader.has("ItemProcessor") || !reader.has("Iterator")) reader.exactlyOne("ItemProcessor", "Iterator");
  const field = reader.has("Iterator") ? "Iterator" : "ItemProcessor";
  const processor = reader.object(field);
  const ItemProcessor = processor && parseProcessor(processor, reader.at(field), reader, context);
  const isPath = reader.language === "JSONPath";
  const ItemSelector = reader.template("ItemSelector") ?? (isPath ? reader.template("Parameters") : undefined);
  if (isPath && reader.has("ItemSelector") && reader.has("Parameters")) {
    reader.report("Only one of these fields is allowed: [ItemSelector, Parameters]");
  }
  for (const distributed of ["ItemReader", "ItemBatcher", "ResultWriter", "Label"]) {
    if (reader.has(distributed))
      reader.report(`Distributed Map is not supported by this version of Stepflare`, reader.at(distributed));
  }
  const ItemsPath = (isPath ? reader.path("ItemsPath", { nullable: false }) : undefined) ?? undefined;
  const Items = isPath ? undefined : reader.template("Items");
  const MaxConcurrency = reader.integerOrPath("MaxConcurrency", COUNT);
  const ToleratedFailureCount = reader.integerOrPath("ToleratedFailureCount", COUNT);
  const ToleratedFailurePercentage = reader.integerOrPath("ToleratedFailurePercentage", { min: 0, max: 100 });
  const ResultSelector = isPath ? reader.template("ResultSelector") : undefined;
  const rest = {
    ...named,
    ...filters(reader),
    ...transition(reader),
    ...assign(reader),
    ...resultPath(reader),
    ...recovery(reader, context.diagnostics),
    ...(ItemSelector && { ItemSelector }),
    ...(ItemsPath && { ItemsPath }),
    ...(Items && { Items }),
    ...(MaxConcurrency && { MaxConcurrency }),
    ...(ToleratedFailureCount && { ToleratedFailureCount }),
    ...(ToleratedFailurePercentage && { ToleratedFailurePercentage }),
    ...(ResultSelector && { ResultSelector }),
  };
  return ItemProcessor && { Type: "Map", ItemProcessor, ...rest };
}

function parseProcessor(
  object: JsonObject,
  location: string,
  reader: FieldReader,
  context: StateContext,
): SubMachine | undefined {
  const { ProcessorConfig: config, ...machine } = object;
  if (config !== undefined) {
    const fields = new FieldReader({ config }, location, context.diagnostics).object("config");
    const configReader = new FieldReader(fields ?? {}, `${location}/ProcessorConfig`, context.diagnostics);
    const mode = configReader.oneOf("Mode", ["INLINE", "DISTRIBUTED"]);
    configReader.oneOf("ExecutionType", ["STANDARD", "EXPRESS"]);
    configReader.finish();
    if (mode === "DISTRIBUTED") {
      reader.report(
        "Distributed Map is not supported by this version of Stepflare",
        `${location}/ProcessorConfig/Mode`,
      );
    }
  }
  return context.parseSubMachine(machine, location);
}

function parseNestedMachine(
  value: unknown,
  location: string,
  reader: FieldReader,
  context: StateContext,
): SubMachine | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return context.parseSubMachine(value as JsonObject, location);
  }
  reader.report("Expected value of type Object", location);
  return undefined;
}
