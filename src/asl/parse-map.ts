/**
 * The field table of the Map state, inline and distributed.
 * @see https://states-language.net/spec.html#map-state
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
import type { FieldReader } from "./field-reader.ts";
import { assign, filters, recovery, resultPath, transition } from "./parse-shared-fields.ts";
import type {
  ExecutionType,
  ItemBatcher,
  ItemReader,
  MapState,
  ReaderConfig,
  ResultWriter,
  State,
  SubMachine,
} from "./types.ts";

/** Parses a machine nested in a state: a branch or an item processor. */
export type ParseSubMachine = (reader: FieldReader) => SubMachine | undefined;

const COUNT = { min: 0, max: Infinity };
const PERCENTAGE = { min: 0, max: 100 };
const POSITIVE = { min: 1, max: Infinity };
const MAX_ITEMS = { min: 0, max: 100_000_000 };
const MAX_BATCH_BYTES = { min: 1, max: 262_144 };
const MAX_LABEL_CHARACTERS = 40;
const LABEL = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]+$/u;
const READERS = /^arn:[\w-]+:states:::s3:(?:getObject|listObjectsV2)$/u;
const WRITER = /^arn:[\w-]+:states:::s3:putObject$/u;

export function parseMap(
  named: Pick<State, "Name" | "Comment" | "QueryLanguage">,
  reader: FieldReader,
  parseSubMachine: ParseSubMachine,
): MapState | undefined {
  reader.only("JSONPath", "ItemsPath", "ResultSelector", "Parameters");
  reader.only("JSONata", "Items");
  const isPath = reader.language === "JSONPath";
  const processor = parseProcessor(reader, parseSubMachine);
  reader.atMostOne("ItemSelector", "Parameters");
  const ItemSelector = reader.template("ItemSelector") ?? (isPath ? reader.template("Parameters") : undefined);
  const ItemsPath = (isPath ? reader.path("ItemsPath", { nullable: false }) : undefined) ?? undefined;
  const Items = isPath ? undefined : reader.template("Items");
  const ItemReader = parseItemReader(reader);
  const ItemBatcher = parseItemBatcher(reader);
  const ResultWriter = parseResultWriter(reader);
  const Label = parseLabel(reader);
  const MaxConcurrency = reader.integerOrPath("MaxConcurrency", COUNT);
  const ToleratedFailureCount = reader.integerOrPath("ToleratedFailureCount", COUNT);
  const ToleratedFailurePercentage = reader.integerOrPath("ToleratedFailurePercentage", PERCENTAGE);
  const ResultSelector = isPath ? reader.template("ResultSelector") : undefined;
  const rest = {
    ...named,
    ...filters(reader, "result"),
    ...transition(reader),
    ...assign(reader, "result"),
    ...resultPath(reader),
    ...recovery(reader),
    ...(ItemSelector && { ItemSelector }),
    ...(ItemsPath && { ItemsPath }),
    ...(Items && { Items }),
    ...(ItemReader && { ItemReader }),
    ...(ItemBatcher && { ItemBatcher }),
    ...(ResultWriter && { ResultWriter }),
    ...(Label !== undefined && { Label }),
    ...(MaxConcurrency && { MaxConcurrency }),
    ...(ToleratedFailureCount && { ToleratedFailureCount }),
    ...(ToleratedFailurePercentage && { ToleratedFailurePercentage }),
    ...(ResultSelector && { ResultSelector }),
  };
  return processor && { Type: "Map", ...processor, ...rest };
}

function parseProcessor(
  reader: FieldReader,
  parseSubMachine: ParseSubMachine,
): Pick<MapState, "ItemProcessor" | "ExecutionType"> | undefined {
  reader.exactlyOne("ItemProcessor", "Iterator");
  const field = reader.has("ItemProcessor") ? "ItemProcessor" : "Iterator";
  const processor = reader.inner(reader.raw(field), reader.at(field));
  if (processor === undefined) return undefined;
  const ExecutionType = parseProcessorConfig(processor);
  const ItemProcessor = parseSubMachine(processor);
  return ItemProcessor && { ItemProcessor, ...(ExecutionType && { ExecutionType }) };
}

/** The type of child executions of a Distributed Map; undefined for an inline one. */
function parseProcessorConfig(processor: FieldReader): ExecutionType | undefined {
  const config = processor.inner(processor.raw("ProcessorConfig"), processor.at("ProcessorConfig"));
  if (config === undefined) return undefined;
  const isDistributed = config.oneOf("Mode", ["INLINE", "DISTRIBUTED"]) === "DISTRIBUTED";
  if (isDistributed) config.require("ExecutionType");
  const type = isDistributed ? (config.oneOf("ExecutionType", ["STANDARD", "EXPRESS"]) ?? "STANDARD") : undefined;
  config.finish();
  return type;
}

function parseItemReader(map: FieldReader): ItemReader | undefined {
  const reader = map.inner(map.raw("ItemReader"), map.at("ItemReader"));
  if (reader === undefined) return undefined;
  reader.require("Resource");
  const Resource = resourceIn(reader, READERS);
  const config = reader.inner(reader.raw("ReaderConfig"), reader.at("ReaderConfig"));
  const input = destination(reader);
  reader.finish();
  if (Resource === undefined) return undefined;
  return { Resource, ReaderConfig: config === undefined ? {} : parseReaderConfig(config), ...input };
}

function parseReaderConfig(config: FieldReader): ReaderConfig {
  const InputType = config.oneOf("InputType", ["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"]);
  const ManifestType = config.oneOf("ManifestType", ["ATHENA_DATA", "S3_INVENTORY"]);
  const Transformation = config.oneOf("Transformation", ["NONE", "LOAD_AND_FLATTEN"]);
  const ItemsPointer = config.string("ItemsPointer");
  const MaxItems = config.integerOrPath("MaxItems", MAX_ITEMS);
  const read: ReaderConfig = {
    ...(InputType && { InputType }),
    ...(ManifestType && { ManifestType }),
    ...(Transformation && { Transformation }),
    ...(ItemsPointer !== undefined && { ItemsPointer }),
    ...(MaxItems && { MaxItems }),
    ...(InputType === "CSV" || ManifestType === "ATHENA_DATA" ? parseCsvConfig(config, InputType === "CSV") : {}),
  };
  config.finish();
  return read;
}

function parseCsvConfig(config: FieldReader, isCsv: boolean): ReaderConfig {
  if (isCsv && !config.has("CSVHeaderLocation")) config.report("The field 'CSVHeaderLocation' is required");
  const CSVHeaderLocation = config.oneOf("CSVHeaderLocation", ["FIRST_ROW", "GIVEN"]);
  if (CSVHeaderLocation === "GIVEN") config.require("CSVHeaders");
  const CSVHeaders = config.strings("CSVHeaders");
  const CSVDelimiter = config.oneOf("CSVDelimiter", ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]);
  return {
    ...(CSVHeaderLocation && { CSVHeaderLocation }),
    ...(CSVHeaders && { CSVHeaders }),
    ...(CSVDelimiter && { CSVDelimiter }),
  };
}

function parseItemBatcher(map: FieldReader): ItemBatcher | undefined {
  const reader = map.inner(map.raw("ItemBatcher"), map.at("ItemBatcher"));
  if (reader === undefined) return undefined;
  const MaxItemsPerBatch = reader.integerOrPath("MaxItemsPerBatch", POSITIVE);
  const MaxInputBytesPerBatch = reader.integerOrPath("MaxInputBytesPerBatch", MAX_BATCH_BYTES);
  const BatchInput = reader.template("BatchInput");
  reader.finish();
  return {
    ...(MaxItemsPerBatch && { MaxItemsPerBatch }),
    ...(MaxInputBytesPerBatch && { MaxInputBytesPerBatch }),
    ...(BatchInput && { BatchInput }),
  };
}

function parseResultWriter(map: FieldReader): ResultWriter | undefined {
  const reader = map.inner(map.raw("ResultWriter"), map.at("ResultWriter"));
  if (reader === undefined) return undefined;
  if (!reader.has("WriterConfig")) reader.require("Resource", map.language === "JSONata" ? "Arguments" : "Parameters");
  else if (reader.has("Resource")) reader.require(map.language === "JSONata" ? "Arguments" : "Parameters");
  const Resource = resourceIn(reader, WRITER);
  const config = reader.inner(reader.raw("WriterConfig"), reader.at("WriterConfig"));
  const WriterConfig = config && parseWriterConfig(config);
  const input = destination(reader);
  reader.finish();
  return { ...(Resource !== undefined && { Resource }), ...(WriterConfig && { WriterConfig }), ...input };
}

function parseWriterConfig(config: FieldReader): ResultWriter["WriterConfig"] {
  config.require("Transformation", "OutputType");
  const Transformation = config.oneOf("Transformation", ["NONE", "COMPACT", "FLATTEN"]);
  const OutputType = config.oneOf("OutputType", ["JSON", "JSONL"]);
  config.finish();
  return Transformation && OutputType && { Transformation, OutputType };
}

function resourceIn(reader: FieldReader, allowed: RegExp): string | undefined {
  const resource = reader.string("Resource");
  if (resource === undefined || allowed.test(resource)) return resource;
  reader.report("The field 'Resource' does not match any of the allowed values", reader.at("Resource"));
  return undefined;
}

function destination(reader: FieldReader): Pick<ItemReader, "input"> {
  reader.only("JSONPath", "Parameters");
  reader.only("JSONata", "Arguments");
  const input = reader.template(reader.language === "JSONata" ? "Arguments" : "Parameters");
  return input === undefined ? {} : { input };
}

function parseLabel(map: FieldReader): string | undefined {
  const label = map.string("Label");
  if (label === undefined) return undefined;
  if (label.length > MAX_LABEL_CHARACTERS || !LABEL.test(label)) {
    const rule = `a label has between 1 and ${MAX_LABEL_CHARACTERS} characters, without white space, brackets, wildcards or special characters`;
    map.report(`Invalid label '${label}': ${rule}`, map.at("Label"), "INVALID_LABEL_NAME");
  }
  return label;
}
