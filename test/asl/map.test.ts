import { describe, expect, test } from "vitest";
import { faults, faultsIn, stateOf, states, type Definition } from "./definitions.ts";

const pass = { Type: "Pass", End: true };
const DISTRIBUTED = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
const READER = "arn:aws:states:::s3:getObject";
const WRITER = "arn:aws:states:::s3:putObject";
const map = (more: Definition = {}, config: unknown = DISTRIBUTED): Definition => ({
  Type: "Map",
  ItemProcessor: { ...states({ I: pass }), ProcessorConfig: config },
  End: true,
  ...more,
});
const language = (name: string): string => `but field '${name}' is only supported for the`;

test("a Distributed Map is read whole", () => {
  const all = {
    Label: "orders",
    ItemReader: {
      Resource: READER,
      ReaderConfig: {
        InputType: "CSV",
        CSVHeaderLocation: "GIVEN",
        CSVHeaders: ["a", "b"],
        CSVDelimiter: "TAB",
        MaxItems: 9,
      },
      Parameters: { Bucket: "b", "Key.$": "$.key" },
    },
    ItemBatcher: { MaxItemsPerBatch: 5, MaxInputBytesPerBatchPath: "$.n", BatchInput: { "x.$": "$.x" } },
    ResultWriter: {
      Resource: WRITER,
      Parameters: { Bucket: "b", Prefix: "p" },
      WriterConfig: { Transformation: "FLATTEN", OutputType: "JSONL" },
    },
    ToleratedFailurePercentage: 5,
  };
  expect(stateOf(map(all))).toMatchObject({
    ExecutionType: "STANDARD",
    Label: "orders",
    ItemReader: {
      Resource: READER,
      ReaderConfig: {
        InputType: "CSV",
        CSVHeaders: ["a", "b"],
        CSVDelimiter: "TAB",
        MaxItems: { kind: "value", value: 9 },
      },
      input: { kind: "object" },
    },
    ItemBatcher: {
      MaxItemsPerBatch: { value: 5 },
      MaxInputBytesPerBatch: { kind: "path" },
      BatchInput: { kind: "object" },
    },
    ResultWriter: { Resource: WRITER, WriterConfig: { Transformation: "FLATTEN", OutputType: "JSONL" } },
  });
});

test.each<[Definition]>([
  [{ ItemReader: { Resource: READER, ReaderConfig: { InputType: "JSON", ItemsPointer: "/a" }, Parameters: {} } }],
  [{ ItemReader: { Resource: READER, ReaderConfig: { ManifestType: "ATHENA_DATA", CSVHeaderLocation: "FIRST_ROW" } } }],
  [
    {
      ItemReader: {
        Resource: "arn:aws:states:::s3:listObjectsV2",
        ReaderConfig: { Transformation: "LOAD_AND_FLATTEN" },
      },
    },
  ],
  [{ ItemReader: { Resource: READER } }],
  [{ ItemBatcher: {} }],
  [{ ResultWriter: { WriterConfig: { Transformation: "COMPACT", OutputType: "JSON" } } }],
  [{ QueryLanguage: "JSONata", ItemReader: { Resource: READER, Arguments: "{% $states.input.o %}" } }],
  [{ QueryLanguage: "JSONata", ResultWriter: { Resource: WRITER, Arguments: { Bucket: "{% $states.input.b %}" } } }],
])("%j is accepted", (fields) => expect(faultsIn(map(fields))).toEqual([]));

test("ItemReader and its kind are accepted in an inline Map, as AWS accepts them", () => {
  expect(faultsIn(map({ ItemReader: { Resource: READER, Parameters: {} } }, { Mode: "INLINE" }))).toEqual([]);
});

describe("refused", () => {
  test.each<[Definition, string]>([
    [{ ItemReader: 5 }, "Expected value of type [OBJECT] at /ItemReader"],
    [{ ItemReader: {} }, "These fields are required: [Resource] at /ItemReader"],
    [
      { ItemReader: { Resource: "arn:aws:states:::s3:nope" } },
      "The field 'Resource' does not match any of the allowed values at /ItemReader/Resource",
    ],
    [
      { ItemReader: { Resource: READER, ReaderConfig: { InputType: "XML" } } },
      "Value should be one of the following: [CSV, JSON, JSONL, PARQUET, MANIFEST] at /ItemReader/ReaderConfig/InputType",
    ],
    [
      { ItemReader: { Resource: READER, ReaderConfig: { InputType: "CSV" } } },
      "The field 'CSVHeaderLocation' is required at /ItemReader/ReaderConfig",
    ],
    [
      { ItemReader: { Resource: READER, ReaderConfig: { InputType: "CSV", CSVHeaderLocation: "GIVEN" } } },
      "These fields are required: [CSVHeaders] at /ItemReader/ReaderConfig",
    ],
    [
      { ItemReader: { Resource: READER, ReaderConfig: { InputType: "JSON", CSVHeaderLocation: "GIVEN" } } },
      "Field 'CSVHeaderLocation' is not supported at /ItemReader/ReaderConfig",
    ],
    [
      { ItemReader: { Resource: READER, ReaderConfig: { MaxItems: 100_000_001 } } },
      "Maximum value is 100000000 at /ItemReader/ReaderConfig/MaxItems",
    ],
    [{ ItemReader: { Resource: READER, Foo: 1 } }, "Field 'Foo' is not supported at /ItemReader"],
    [{ ItemBatcher: { MaxItemsPerBatch: 0 } }, "Minimum value is 1 at /ItemBatcher/MaxItemsPerBatch"],
    [
      { ItemBatcher: { MaxInputBytesPerBatch: 262_145 } },
      "Maximum value is 262144 at /ItemBatcher/MaxInputBytesPerBatch",
    ],
    [{ ItemBatcher: { Foo: 1 } }, "Field 'Foo' is not supported at /ItemBatcher"],
    [{ ResultWriter: {} }, "These fields are required: [Resource, Parameters] at /ResultWriter"],
    [{ ResultWriter: { Resource: WRITER } }, "These fields are required: [Parameters] at /ResultWriter"],
    [
      { ResultWriter: { Resource: WRITER, WriterConfig: { Transformation: "NONE", OutputType: "JSON" } } },
      "These fields are required: [Parameters] at /ResultWriter",
    ],
    [
      { ResultWriter: { Resource: READER, Parameters: {} } },
      "The field 'Resource' does not match any of the allowed values at /ResultWriter/Resource",
    ],
    [
      { ResultWriter: { WriterConfig: { Transformation: "COMPACT" } } },
      "These fields are required: [OutputType] at /ResultWriter/WriterConfig",
    ],
    [
      { ResultWriter: { WriterConfig: { Transformation: "ZIP", OutputType: "JSON" } } },
      "Value should be one of the following: [NONE, COMPACT, FLATTEN] at /ResultWriter/WriterConfig/Transformation",
    ],
    [
      { QueryLanguage: "JSONata", ResultWriter: {} },
      "These fields are required: [Resource, Arguments] at /ResultWriter",
    ],
    [
      {
        QueryLanguage: "JSONata",
        ResultWriter: { Resource: WRITER, WriterConfig: { Transformation: "NONE", OutputType: "JSON" } },
      },
      "These fields are required: [Arguments] at /ResultWriter",
    ],
    [{ Label: 5 }, "Expected value of type [STRING] at /Label"],
  ])("%j: %s", (fields, fault) => expect(faultsIn(map(fields))).toEqual([fault]));

  test.each([["a b"], ["a/b"], [""], ["x".repeat(41)], ["a*"]])("the label %j", (Label) => {
    expect(faultsIn(map({ Label }))[0]).toContain(`Invalid label '${Label}'`);
  });

  test("a label that another Map has", () => {
    const other = { ...map({ Label: "l" }), ItemProcessor: { ...states({ J: pass }), ProcessorConfig: DISTRIBUTED } };
    expect(faults(states({ A: { ...map({ Label: "l" }), End: undefined, Next: "B" }, B: other }))).toEqual([
      "Duplicate label: l at /States/B/Label",
    ]);
  });

  test.each<[unknown, string]>([
    [{ Mode: "DISTRIBUTED" }, "These fields are required: [ExecutionType] at /ItemProcessor/ProcessorConfig"],
    [
      { Mode: "DISTRIBUTED", ExecutionType: "FAST" },
      "Value should be one of the following: [STANDARD, EXPRESS] at /ItemProcessor/ProcessorConfig/ExecutionType",
    ],
    [
      { Mode: "INLINE", ExecutionType: "STANDARD" },
      "Field 'ExecutionType' is not supported at /ItemProcessor/ProcessorConfig",
    ],
    [5, "Expected value of type [OBJECT] at /ItemProcessor/ProcessorConfig"],
  ])("the ProcessorConfig %j: %s", (config, fault) => expect(faultsIn(map({}, config))).toEqual([fault]));

  test("fields of the other query language, in the reader and the writer", () => {
    const [inPath] = faultsIn(map({ ItemReader: { Resource: READER, Arguments: {} } }));
    expect(inPath).toContain(language("Arguments"));
    const [inJsonata] = faultsIn(
      map({ QueryLanguage: "JSONata", ResultWriter: { Resource: WRITER, Arguments: {}, Parameters: {} } }),
    );
    expect(inJsonata).toContain(language("Parameters"));
  });

  test("a processor that is none", () => {
    expect(faultsIn({ ...map(), ItemProcessor: 5 })).toEqual(["Expected value of type [OBJECT] at /ItemProcessor"]);
    expect(faultsIn({ ...map(), ItemProcessor: {} })).toEqual([
      "These fields are required: [States, StartAt] at /ItemProcessor",
    ]);
  });
});

describe("in an Express machine", () => {
  const callback = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", End: true };
  test("a Distributed Map is refused, under either name of its processor", () => {
    const { ItemProcessor, ...rest } = map();
    const message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines";
    expect(faults(states({ M: map() }), "EXPRESS")).toEqual([
      `${message} at /States/M/ItemProcessor/ProcessorConfig/Mode`,
    ]);
    expect(faults(states({ M: { ...rest, Iterator: ItemProcessor } }), "EXPRESS")).toEqual([
      `${message} at /States/M/Iterator/ProcessorConfig/Mode`,
    ]);
  });

  test("and Express children of a Standard machine may not wait either", () => {
    const children = (ExecutionType: string): Definition =>
      map({ ItemProcessor: { ...states({ I: callback }), ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType } } });
    expect(faultsIn(children("STANDARD"))).toEqual([]);
    expect(faultsIn(children("EXPRESS"))).toEqual([
      "Express state machine does not support '.waitForTaskToken' service integration  at /ItemProcessor/States/I/Resource",
    ]);
  });
});
