/** The fields of the Map state, inline and distributed. */
import { differs, done, naming, noting, notYet, testsIn, type Chapter } from "../claim.ts";
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
const run = testsIn("engine/distributed-map");
const child = testsIn("engine/map-run-children");
const source = testsIn("runtime/item-source");
const writer = testsIn("runtime/result-writer");
const csv = testsIn("map/cut-csv");
const e2e = testsIn("e2e/map-run");
const ordered = run("what is ordered > of a reader, a batcher and a writer: their fields evaluated, and no items");
const orderedInJsonata = run("what is ordered > in JSONata as well");
const oneObject = source("the items of one object");
const manyObjects = source("the items of many objects");
const unreadable = source("the items of one object > what cannot be read fails as the reader's failure");
const exported = e2e("Express children over a JSON Lines object, with a ResultWriter");
const written = writer("the results of a Map Run");
const paths = common("numbers and their paths in readers and batchers");

export const mapFields: Chapter = {
  title: "Fields: Map",
  about:
    "A Distributed Map runs as a Map Run (see `executions.md`). TestState tests one with a mock; of what it reads it takes JSON and JSON Lines.",
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
      Items: done(
        jsonata("each state"),
        jsonata("the Items of a Map are evaluated once, and kept while its iterations wait"),
        fields("the Items of an inline Map are an array: an object is refused, in AWS's words"),
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
      ItemReader: done(whole, ordered, exported),
      ItemBatcher: done(whole, ordered),
      ResultWriter: done(whole, ordered, exported),
      Label: done(
        whole,
        refused,
        run("the Map Run's name > has the state's label, or one that is the same in every execution"),
      ),
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
      Mode: done(
        parse("what the engine gets > an inline Map's processor, under either name"),
        definitions("a Distributed Map is valid, and can be created"),
        parsed("in an Express machine"),
      ),
      ExecutionType: noting(
        "EXPRESS children run at least once: after a crash those that were under way run again, and one result counts",
        done(refused, whole),
      ),
    }),
    fieldTable("ItemReader", "ItemReader.", {
      Resource: done(whole, refused),
      ReaderConfig: done(whole, refused, ordered),
      Parameters: done(whole, ordered),
      Arguments: done(accepted, refused),
    }),
    fieldTable("ReaderConfig", "ReaderConfig.", {
      InputType: done(whole, refused, oneObject, manyObjects),
      ManifestType: differs(
        "an S3 inventory must be in CSV",
        accepted,
        source("the items of many objects > an S3 inventory gives the rows of its files"),
        source("the items of many objects > an Athena manifest gives the items of the objects it lists"),
      ),
      Transformation: done(
        accepted,
        source("the items of many objects > LOAD_AND_FLATTEN reads the objects of the list, folders left out"),
      ),
      CSVHeaderLocation: done(whole, refused, csv("CSV > the first row names the columns")),
      CSVHeaders: done(whole, refused, csv("CSV > given headers make every row an item")),
      CSVDelimiter: done(whole, csv("CSV")),
      ItemsPointer: done(accepted, oneObject),
      MaxItems: done(
        whole,
        refused,
        source("the items of one object > MaxItems ends the data set, 0 does not, less is refused"),
      ),
      MaxItemsPath: done(paths, ordered),
    }),
    fieldTable("ItemBatcher", "ItemBatcher.", {
      MaxItemsPerBatch: done(
        whole,
        refused,
        run("what is ordered > a reader and a batcher may be without most of their fields"),
      ),
      MaxItemsPerBatchPath: done(paths, ordered),
      MaxInputBytesPerBatch: done(refused, ordered, orderedInJsonata),
      MaxInputBytesPerBatchPath: done(whole),
      BatchInput: done(
        whole,
        ordered,
        child("a child's input > of a batch: its items, after the BatchInput if there is one"),
      ),
    }),
    fieldTable("ResultWriter", "ResultWriter.", {
      Resource: done(whole, refused),
      Parameters: done(whole, ordered),
      Arguments: done(accepted, refused),
      WriterConfig: done(whole, refused),
    }),
    fieldTable("WriterConfig", "WriterConfig.", {
      OutputType: done(whole, refused, written),
      Transformation: done(whole, refused, written),
    }),
    {
      title: "Parameters and Arguments of ItemReader and ResultWriter",
      prefix: "s3.",
      what: "member",
      claims: {
        Bucket: done(whole, exported, unreadable),
        Key: done(exported, unreadable),
        Prefix: done(whole, written),
        VersionId: differs("R2 keeps no versions: a reader with one fails with States.ItemReaderFailed", unreadable),
        ExpectedBucketOwner: notYet("taken and not looked at: all buckets have one owner"),
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
