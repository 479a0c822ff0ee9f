/**
 * A state machine, parsed: what the text of a definition says, with every path and intrinsic call already compiled.
 *
 * Fields keep the document's names and case; our own are camelCase. An absent optional field takes the language's default.
 * A path that is just `$` is left out, as it changes nothing.
 * @see https://states-language.net/spec.html
 */
import type { IntrinsicCall } from "./intrinsic.ts";
import type { Json } from "./json.ts";
import type { JsonPath } from "./json-path.ts";
import type { JsonataExpression } from "./jsonata-expression.ts";
import type { TaskResource } from "./resource.ts";

/** A machine without the top level's own fields: a Parallel's branch, a Map's processor. */
export interface SubMachine {
  readonly StartAt: string;
  readonly States: ReadonlyMap<string, State>;
  /** Where it stands in the definition, as diagnostics name it: empty for the whole machine. */
  readonly location: string;
}

export interface StateMachine extends SubMachine {
  readonly Comment?: string;
  readonly Version?: string;
  /** Of the whole execution. */
  readonly TimeoutSeconds?: number;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

export type QueryLanguage = "JSONPath" | "JSONata";

/** A path, an intrinsic call, or a JSONata expression: whatever the state's query language takes. */
export type Selector =
  | { readonly kind: "path"; readonly path: JsonPath }
  | { readonly kind: "call"; readonly call: IntrinsicCall }
  | { readonly kind: "expression"; readonly expression: JsonataExpression };

/** @see https://states-language.net/spec.html#payload-template */
export type PayloadTemplate =
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "object"; readonly members: readonly TemplateMember[] }
  | { readonly kind: "array"; readonly items: readonly PayloadTemplate[] }
  /** The value of a member whose key ends in `.$`, or a JSONata string; `field` is the key, or the place, as errors name it. */
  | { readonly kind: "selector"; readonly field: string; readonly selector: Selector };

export interface TemplateMember {
  readonly key: string;
  readonly value: PayloadTemplate;
}

/** Variable name to value; each is evaluated on the state's entry values. */
export type Assign = readonly TemplateMember[];

/** A number written in the definition, or where it comes from. */
export type IntegerOrPath =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "path"; readonly path: JsonPath }
  | { readonly kind: "expression"; readonly expression: JsonataExpression };

interface Named {
  readonly Name: string;
  /** Fields of the other language are never there. */
  readonly QueryLanguage: QueryLanguage;
  readonly Comment?: string;
  /** The workflow variables that the state's own fields read, sorted; absent where there are none. */
  readonly variables?: readonly string[];
}

interface Filtered {
  /** JSONata: what the state's output is made of; absent: the result, or the input. */
  readonly Output?: PayloadTemplate;
  /** `null`: an empty object instead of the input. */
  readonly InputPath?: JsonPath | null;
  /** `null`: an empty object instead of the output. */
  readonly OutputPath?: JsonPath | null;
}

interface Transitioning {
  /** Absent: the state ends its machine. */
  readonly Next?: string;
}

interface Assigning {
  readonly Assign?: Assign;
}

interface WithResult {
  /** JSONata's Parameters. */
  readonly Arguments?: PayloadTemplate;
  readonly Parameters?: PayloadTemplate;
  readonly ResultSelector?: PayloadTemplate;
  /** `null`: the result is discarded. */
  readonly ResultPath?: JsonPath | null;
}

interface Recovering {
  readonly Retry: readonly Retrier[];
  readonly Catch: readonly Catcher[];
}

/** @see https://states-language.net/spec.html#pass-state */
export interface PassState extends Named, Filtered, Transitioning, Assigning {
  readonly Type: "Pass";
  readonly Parameters?: PayloadTemplate;
  readonly Result?: Json;
  readonly ResultPath?: JsonPath | null;
}

/** @see https://states-language.net/spec.html#task-state */
export interface TaskState extends Named, Filtered, Transitioning, Assigning, WithResult, Recovering {
  readonly Type: "Task";
  readonly Resource: TaskResource;
  readonly Credentials?: PayloadTemplate;
  readonly TimeoutSeconds?: IntegerOrPath;
  readonly HeartbeatSeconds?: IntegerOrPath;
}

/** @see https://states-language.net/spec.html#choice-state */
export interface ChoiceState extends Named, Filtered, Assigning {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface ChoiceRule extends Assigning {
  readonly Output?: PayloadTemplate;
  readonly Next: string;
  readonly condition: Condition;
}

export type Condition =
  | { readonly kind: "And" | "Or"; readonly conditions: readonly Condition[] }
  | { readonly kind: "Not"; readonly condition: Condition }
  | { readonly kind: "expression"; readonly expression: JsonataExpression }
  | ComparisonCondition;

export interface ComparisonCondition {
  readonly kind: "comparison";
  readonly Variable: JsonPath;
  /** The operator as written, such as `NumericLessThanPath`. */
  readonly operator: ChoiceOperator;
  /** The value written beside it, or the path of the `…Path` operators. */
  readonly operand:
    | { readonly kind: "value"; readonly value: Json }
    | { readonly kind: "path"; readonly path: JsonPath };
}

type Ordering = "Equals" | "LessThan" | "GreaterThan" | "LessThanEquals" | "GreaterThanEquals";
type Ordered = `${"String" | "Numeric" | "Timestamp"}${Ordering}`;
type Test = "IsNull" | "IsPresent" | "IsNumeric" | "IsString" | "IsBoolean" | "IsTimestamp";

/** The 39 comparison operators. @see https://states-language.net/spec.html#data-test-expression */
export type ChoiceOperator =
  | Ordered
  | `${Ordered}Path`
  | "BooleanEquals"
  | "BooleanEqualsPath"
  | "StringMatches"
  | Test;

/** @see https://states-language.net/spec.html#wait-state */
export interface WaitState extends Named, Filtered, Transitioning, Assigning {
  readonly Type: "Wait";
  readonly until:
    | { readonly kind: "Seconds"; readonly seconds: number }
    | { readonly kind: "SecondsPath"; readonly path: JsonPath }
    /** Epoch milliseconds. */
    | { readonly kind: "Timestamp"; readonly instant: number }
    | { readonly kind: "TimestampPath"; readonly path: JsonPath }
    | { readonly kind: "SecondsExpression" | "TimestampExpression"; readonly expression: JsonataExpression };
}

/** @see https://states-language.net/spec.html#succeed-state */
export interface SucceedState extends Named, Filtered {
  readonly Type: "Succeed";
}

/** @see https://states-language.net/spec.html#fail-state */
export interface FailState extends Named {
  readonly Type: "Fail";
  readonly Error?: string;
  readonly ErrorPath?: Selector;
  readonly Cause?: string;
  readonly CausePath?: Selector;
}

/** @see https://states-language.net/spec.html#parallel-state */
export interface ParallelState extends Named, Filtered, Transitioning, Assigning, WithResult, Recovering {
  readonly Type: "Parallel";
  readonly Branches: readonly SubMachine[];
}

/** @see https://states-language.net/spec.html#map-state */
export interface MapState extends Named, Filtered, Transitioning, Assigning, Recovering {
  readonly Type: "Map";
  readonly ItemProcessor: SubMachine;
  readonly ItemsPath?: JsonPath;
  /** JSONata's ItemsPath. */
  readonly Items?: PayloadTemplate;
  readonly ItemSelector?: PayloadTemplate;
  /** 0 or absent: no limit of its own. */
  readonly MaxConcurrency?: IntegerOrPath;
  readonly ToleratedFailureCount?: IntegerOrPath;
  readonly ToleratedFailurePercentage?: IntegerOrPath;
  readonly ResultSelector?: PayloadTemplate;
  readonly ResultPath?: JsonPath | null;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ResultWriter?: ResultWriter;
  readonly Label?: string;
  /** Of a Distributed Map: the type of its child executions. Absent: an inline Map. */
  readonly ExecutionType?: ExecutionType;
}

export type ExecutionType = "STANDARD" | "EXPRESS";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html */
export interface ItemReader {
  readonly Resource: string;
  /** Parameters or Arguments: the bucket, and the key or prefix. */
  readonly input?: PayloadTemplate;
  readonly ReaderConfig: ReaderConfig;
}

export interface ReaderConfig {
  readonly InputType?: "CSV" | "JSON" | "JSONL" | "PARQUET" | "MANIFEST";
  readonly ManifestType?: "ATHENA_DATA" | "S3_INVENTORY";
  readonly Transformation?: "NONE" | "LOAD_AND_FLATTEN";
  readonly CSVHeaderLocation?: "FIRST_ROW" | "GIVEN";
  readonly CSVHeaders?: readonly string[];
  readonly CSVDelimiter?: "COMMA" | "PIPE" | "SEMICOLON" | "SPACE" | "TAB";
  /** JSON pointer to the array within the object. */
  readonly ItemsPointer?: string;
  readonly MaxItems?: IntegerOrPath;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html */
export interface ItemBatcher {
  readonly MaxItemsPerBatch?: IntegerOrPath;
  readonly MaxInputBytesPerBatch?: IntegerOrPath;
  readonly BatchInput?: PayloadTemplate;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
export interface ResultWriter {
  /** Absent: the results are only formatted. */
  readonly Resource?: string;
  /** Parameters or Arguments: the bucket and the prefix. */
  readonly input?: PayloadTemplate;
  readonly WriterConfig?: {
    readonly Transformation: "NONE" | "COMPACT" | "FLATTEN";
    readonly OutputType: "JSON" | "JSONL";
  };
}

/** @see https://states-language.net/spec.html#retrying-after-error */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy: "FULL" | "NONE";
}

/** @see https://states-language.net/spec.html#fallback-states */
export interface Catcher extends Assigning {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Output?: PayloadTemplate;
  readonly ResultPath?: JsonPath | null;
}

/** A state that runs machines inside it. */
export type ContainerState = ParallelState | MapState;
