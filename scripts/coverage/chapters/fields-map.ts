/** The fields of the Map state, inline and distributed. */
import { differs, done, naming, notYet, testsIn, type Chapter, type Claim } from "../claim.ts";
import { fieldTable } from "../field-table.ts";

const parse = testsIn("asl/parse");
const parsed = testsIn("asl/map");
const common = testsIn("asl/common-fields");
const jsonata = testsIn("engine/jsonata");
const fields = testsIn("engine/jsonata-fields");
const variables = testsIn("engine/variables");
const map = testsIn("engine/map");
const definitions = testsIn("api/definitions");

const items = done(map("where the items come from and what an iteration gets"));
const tolerated = done(map("tolerated failures"));
const whole = parsed("a Distributed Map is read whole");
const accepted = parsed("%j is accepted");
const refused = parsed("refused");
const transition = done(parse("transitions"), common("%s goes on to its Next, or ends"));
/** Of a Distributed Map: it is checked, and no state machine is created of it. */
const distributed = (...tests: readonly ReturnType<typeof parsed>[]): Claim =>
  notYet("checked as on AWS, then refused: `UnsupportedOperation`", ...tests);

export const mapFields: Chapter = {
  title: "Fields: Map",
  about:
    "A Distributed Map is valid, as ValidateStateMachineDefinition says; CreateStateMachine and UpdateStateMachine refuse it until it can run. TestState tests one with a mock.",
  tables: [
    fieldTable("Map", "Map.", {
      Type: done(parse("each type of state > %s is accepted with what it must have")),
      Comment: done(common("%s may have a Comment")),
      QueryLanguage: done(parse("each type of state > %s takes either query language"), jsonata("each state")),
      Next: transition,
      End: transition,
      ItemProcessor: done(map("the events of a Map"), parse("each type of state > %j is refused: %s")),
      Iterator: items,
      ItemsPath: items,
      Items: differs(
        "an array; an object's members are refused with States.QueryEvaluationError",
        jsonata("each state"),
        jsonata("the Items of a Map are evaluated once, and kept while its iterations wait"),
        fields("an object is no Items yet"),
      ),
      "ItemSelector (JSONPath)": items,
      "ItemSelector (JSONata)": done(jsonata("each state")),
      Parameters: items,
      "MaxConcurrency (JSONPath)": done(map("how many iterations run at the same time")),
      "MaxConcurrency (JSONata)": done(jsonata("the numbers of a Map may be expressions"), jsonata("each state")),
      MaxConcurrencyPath: differs(
        "a negative one fails the state with States.Runtime; on AWS the execution stands still for ever",
        map("how many iterations run at the same time"),
      ),
      "ToleratedFailureCount (JSONPath)": tolerated,
      "ToleratedFailureCount (JSONata)": done(jsonata("the numbers of a Map may be expressions")),
      ToleratedFailureCountPath: tolerated,
      "ToleratedFailurePercentage (JSONPath)": tolerated,
      "ToleratedFailurePercentage (JSONata)": done(jsonata("the numbers of a Map may be expressions")),
      ToleratedFailurePercentagePath: tolerated,
      ItemReader: distributed(
        whole,
        parsed("ItemReader and its kind are accepted in an inline Map, as AWS accepts them"),
      ),
      ItemBatcher: distributed(whole, refused),
      ResultWriter: distributed(whole, refused),
      Label: distributed(whole, refused),
      Retry: done(map("an iteration that fails")),
      Catch: done(map("an iteration that fails"), fields("a Parallel and a Map retry and catch in JSONata: %s")),
      InputPath: items,
      ResultSelector: items,
      ResultPath: items,
      OutputPath: items,
      "Assign (JSONPath)": done(
        variables("what an Assign sees as its input > of a %s: the joined result after ResultSelector"),
      ),
      "Assign (JSONata)": done(fields("Assign is evaluated in each state that may have it: %s")),
      Output: done(jsonata("each state")),
    }),
    fieldTable("ItemProcessor", "ItemProcessor.", {
      StartAt: done(parsed("refused > a processor that is none")),
      States: done(parsed("refused > a processor that is none")),
      Comment: done(common("a branch and a processor may have a Comment, too")),
      ProcessorConfig: done(parse("what the engine gets > an inline Map's processor, under either name")),
    }),
    fieldTable("ProcessorConfig", "ProcessorConfig.", {
      Mode: differs(
        "INLINE runs; a state machine with DISTRIBUTED is refused with `UnsupportedOperation`",
        parse("what the engine gets > an inline Map's processor, under either name"),
        definitions("a Distributed Map is valid, and yet refused until it can run"),
        parsed("in an Express machine"),
      ),
      ExecutionType: distributed(definitions("a Distributed Map is valid, and yet refused until it can run"), refused),
    }),
    fieldTable("ItemReader", "ItemReader.", {
      Resource: distributed(whole, refused),
      ReaderConfig: distributed(whole, refused),
      Parameters: distributed(whole),
      Arguments: distributed(accepted, refused),
    }),
    fieldTable("ReaderConfig", "ReaderConfig.", {
      InputType: distributed(whole, refused),
      ManifestType: distributed(accepted),
      Transformation: distributed(accepted),
      CSVHeaderLocation: distributed(whole, refused),
      CSVHeaders: distributed(whole, refused),
      CSVDelimiter: distributed(whole),
      ItemsPointer: distributed(accepted),
      MaxItems: distributed(whole, refused),
      MaxItemsPath: distributed(common("numbers and their paths in readers and batchers")),
    }),
    fieldTable("ItemBatcher", "ItemBatcher.", {
      MaxItemsPerBatch: distributed(whole, refused),
      MaxItemsPerBatchPath: distributed(common("numbers and their paths in readers and batchers")),
      MaxInputBytesPerBatch: distributed(refused),
      MaxInputBytesPerBatchPath: distributed(whole),
      BatchInput: distributed(whole),
    }),
    fieldTable("ResultWriter", "ResultWriter.", {
      Resource: distributed(whole, refused),
      Parameters: distributed(whole),
      Arguments: distributed(accepted, refused),
      WriterConfig: distributed(whole, refused),
    }),
    fieldTable("WriterConfig", "WriterConfig.", {
      OutputType: distributed(whole, refused),
      Transformation: distributed(whole, refused),
    }),
    {
      title: "Parameters and Arguments of ItemReader and ResultWriter",
      prefix: "s3.",
      what: "member",
      claims: {
        Bucket: distributed(whole),
        Key: distributed(whole),
        Prefix: distributed(whole),
        VersionId: distributed(),
        ExpectedBucketOwner: distributed(),
      },
    },
    {
      title: "Map as a whole",
      prefix: "map.",
      what: "rule",
      claims: {
        "at most 40 iterations at once unless MaxConcurrency says otherwise": naming(
          "40",
          done(map("how many iterations run at the same time")),
        ),
        "the label of a Map is its own": naming("Label", done(parsed("refused > a label that another Map has"))),
        "no Distributed Map in an Express machine": naming("DISTRIBUTED", done(parsed("in an Express machine"))),
        "ItemReader, ItemBatcher, ResultWriter and Label of an inline Map": naming(
          "ItemReader",
          differs(
            "accepted, as AWS accepts them; the engine does not look at them",
            parsed("ItemReader and its kind are accepted in an inline Map, as AWS accepts them"),
          ),
        ),
      },
    },
  ],
};
