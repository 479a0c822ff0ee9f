/** Operators, functions, expressions, variables, the context object. */
import { CHOICE_OPERATORS } from "../../../src/asl/parse-choice-rule.ts";
import type { IntrinsicName } from "../../../src/asl/intrinsic.ts";
import { differs, done, each, naming, testsIn, type Chapter, type Claim } from "../claim.ts";

const rules = testsIn("data/choice-rule");
const parsedRules = testsIn("asl/choice-rule");
const intrinsics = testsIn("data/intrinsics");
const calls = testsIn("asl/intrinsic");
const jsonata = testsIn("data/jsonata");
const checked = testsIn("asl/jsonata-fields");
const engine = testsIn("engine/jsonata");
const variables = testsIn("engine/variables");
const flow = testsIn("engine/pass-and-data-flow");
const paths = testsIn("data/json-path");
const parsedPaths = testsIn("asl/json-path");

const hostile = testsIn("hostile/jsonata");
const hostilePaths = testsIn("hostile/json-path");
const hostileStates = testsIn("hostile/executions");

const BOUNDED = "an expression must not stop an object";
const LINEAR = `matched by RE2 in linear time: no back-references, no look-around, no \`\\Q\`, at most 1000 characters with repetitions written out, which is refused when the state machine is created: ${BOUNDED}`;

/** The test's table is compared with CHOICE_OPERATORS, so it names each of them. */
const operator = naming("CHOICE_OPERATORS", done(rules("the table names every operator"), parsedRules("%s")));
const logic = done(rules("And, Or and Not"), parsedRules("And, Or and Not"));

const ofArrays = (name: string): Claim => naming(name, done(intrinsics("functions of arrays")));
const ofTexts = (name: string): Claim => naming(name, done(intrinsics("functions of texts")));

const INTRINSICS: Readonly<Record<IntrinsicName, Claim>> = {
  "States.Format": done(intrinsics("States.Format fills the holes of a template")),
  "States.StringToJson": done(intrinsics("States.StringToJson reads JSON, leniently where AWS does")),
  "States.JsonToString": done(intrinsics("States.JsonToString writes compact JSON")),
  "States.Array": done(intrinsics("functions of arrays")),
  "States.ArrayPartition": ofArrays("ArrayPartition"),
  "States.ArrayContains": naming(
    "ArrayContains",
    differs("deep equality, in the guide's words", intrinsics("functions of arrays")),
  ),
  "States.ArrayRange": ofArrays("ArrayRange"),
  "States.ArrayGetItem": ofArrays("ArrayGetItem"),
  "States.ArrayLength": ofArrays("ArrayLength"),
  "States.ArrayUnique": ofArrays("ArrayUnique"),
  "States.Base64Encode": ofTexts("Base64Encode"),
  "States.Base64Decode": ofTexts("Base64Decode"),
  "States.Hash": ofTexts("States.Hash"),
  "States.JsonMerge": done(intrinsics("States.JsonMerge")),
  "States.MathRandom": done(intrinsics("functions of numbers")),
  "States.MathAdd": done(intrinsics("functions of numbers")),
  "States.StringSplit": ofTexts("StringSplit"),
  "States.UUID": done(intrinsics("States.UUID is drawn from outside")),
};

const states = done(jsonata("an expression sees"), checked("$states has what exists in that place"));
const ofStates = done(jsonata("the functions of the States Language"));
const context = done(flow("the context object tells of the execution, the machine and the state"));
const inContext = (word: string): Claim => naming(word, context);

const redriven = testsIn("engine/redrive")(
  "a redriven execution > counts its redrives, and the context object tells of them",
);

export const language: Chapter = {
  title: "Operators, functions, expressions",
  tables: [
    {
      title: "Comparison operators",
      prefix: "operator.",
      what: "operator",
      claims: { ...each(CHOICE_OPERATORS, operator), And: logic, Or: logic, Not: logic },
    },
    {
      title: "Intrinsic functions",
      prefix: "",
      what: "function",
      claims: {
        ...INTRINSICS,
        "calls inside calls, at most ten": naming("ten", done(calls("calls nest ten deep and no deeper"))),
        "escapes in texts": naming("escape", done(calls("a malformed call is refused"))),
      },
    },
    {
      title: "JSONPath",
      prefix: "path.",
      what: "part",
      claims: {
        $: naming("$", done(paths("a definite path answers the value it names"))),
        $$: naming("$$", done(parsedPaths("a path starts at the input, the Context Object or a variable"))),
        $name: naming("variable", done(parsedPaths("a path starts at the input, the Context Object or a variable"))),
        "wildcards, slices, unions, descent": naming("*", done(paths("an indefinite path answers a list"))),
        "filters in brackets": naming("?(", done(paths("a filter keeps the items that pass"))),
        "functions such as length()": naming("length()", done(paths("a definite path answers the value it names"))),
        "functions of numbers (min, max, sum and others)": naming(
          "sum",
          done(paths("a function of numbers leaves out what is none")),
        ),
        "=~ (in filters)": differs(
          LINEAR,
          parsedPaths("a regular expression that cannot be matched in linear time is refused"),
        ),
        "paths, filters, StringMatches and intrinsic functions that run away": naming(
          "fails",
          differs(
            "States.Runtime after 1,200,000 steps of a state (up to 1,700,000 where it has much data; the quota EvaluationSteps), or 4 MiB in one value: a path must not stop an object",
            hostilePaths("[F41] a path that would look at too much fails within the bound:"),
            hostilePaths("[F41] an intrinsic function that would make too much fails:"),
          ),
        ),
        "StringMatches with many wildcards": naming(
          "StringMatches",
          done(hostilePaths("StringMatches takes steps in proportion to text and pattern:")),
        ),
        "reference paths": naming(
          "parseReferencePath",
          done(parsedPaths("a reference path names one place in the input")),
        ),
        "what a path that finds nothing says": naming(
          "Jayway",
          done(paths("why a path found nothing is said in Jayway's words")),
        ),
        "payload templates, keys ending in .$": naming(
          ".$",
          done(testsIn("data/payload-template")("a key that ends in .$ is filled with what its path or call finds")),
        ),
      },
    },
    {
      title: "JSONata",
      prefix: "",
      what: "part",
      claims: {
        "$states.input": states,
        "$states.result": states,
        "$states.errorOutput": states,
        "$states.context": states,
        $partition: ofStates,
        $range: ofStates,
        $hash: ofStates,
        $random: ofStates,
        $uuid: ofStates,
        $parse: ofStates,
        $now: ofStates,
        $millis: ofStates,
        $shuffle: ofStates,
        $eval: naming("$eval", done(jsonata("a failure names the expression, the field and what happened"))),
        "the library's other functions": naming(
          "JSONATA_FUNCTIONS",
          done(
            checked(
              "the variables that an expression reads > the names of the functions are those of the library, and AWS's six",
            ),
          ),
        ),
        "checks when a state machine is created": naming(
          "INVALID_JSONATA_EXPRESSION",
          done(checked("an expression that does not parse is refused in the parser's words")),
        ),
        "$, $$ and bare names (at the top level are refused)": naming(
          "phone",
          done(checked("nothing is read from a context item, for there is none")),
        ),
        "members of $states that do not exist in a place (are refused)": naming(
          "$states.result",
          done(checked("$states has what exists in that place")),
        ),
        "an expression that gives nothing, or a function": naming(
          "returned nothing (undefined)",
          done(
            jsonata("a failure names the expression, the field and what happened"),
            engine("an expression that fails"),
          ),
        ),
        "an expression that runs away": naming(
          "runs away",
          differs(
            `States.QueryEvaluationError after 1,200,000 steps of a state's expressions (up to 1,700,000 where it has much data; the quota EvaluationSteps), 10,000 evaluations under way, 100,000 values in a sequence, or 4 MiB in one value: ${BOUNDED}`,
            jsonata("an expression that runs away ends in its error"),
            hostile("[F39] [F41] an expression that runs away fails within the bound:"),
          ),
        ),
        "regular expressions": naming(
          "look-ahead",
          differs(LINEAR, hostile("what cannot be bounded is refused when the definition is read:")),
        ),
        "^(…)": naming("^(", done(testsIn("data/jsonata-sort")("an ordering is the library's"))),
        "^(…) of what @, # or % bound": naming(
          "^(",
          differs(
            "orders some 550 items by default (the quota EvaluationSteps): the library's memory grows with their square",
            testsIn("data/jsonata-sort")("what a path binds is ordered by the library, and not without end"),
          ),
        ),
        "the texts of JSONata's own errors": naming(
          "T2001",
          differs(
            "those of the JavaScript library; AWS uses another implementation, the codes agree where recorded",
            jsonata("a failure names the expression, the field and what happened"),
          ),
        ),
      },
    },
    {
      title: "Variables",
      prefix: "variable.",
      what: "rule",
      claims: {
        "what later states see, and the exit's assignedVariables": naming(
          "assignedVariables",
          done(variables("a variable is seen by every later state, and the exit tells what was assigned")),
        ),
        "everything is evaluated on the entry values": naming(
          "Assign",
          done(variables("everything in a state is evaluated on the values the variables had on entry")),
        ),
        "scopes of branches and iterations": naming("Parallel", done(variables("scopes"))),
        "an outer variable may not be assigned within": naming(
          "Assign",
          done(testsIn("asl/parse")("variables > of an outer scope may not be assigned within")),
        ),
        "names of at most 80 characters": naming("80", done(testsIn("asl/parse")("variables > %j is refused"))),
        variableReferences: done(
          testsIn("api/definitions")(
            "DescribeStateMachine tells which variables each state reads, nested states included",
          ),
        ),
        "both languages pass variables to each other": naming(
          "QueryLanguage",
          done(engine("each state > the languages of two states pass data and variables to each other")),
        ),
        "256 KiB in an Assign, 10 MiB in all": naming(
          "States.DataLimitExceeded",
          differs(
            "States.DataLimitExceeded; the 10 MiB are those that one branch sees; AWS's words are not known",
            hostileStates("the execution fails whose"),
          ),
        ),
      },
    },
    {
      title: "The context object",
      prefix: "context.",
      what: "member",
      claims: {
        "Execution.Id": inContext("Id"),
        "Execution.Input": inContext("Input"),
        "Execution.Name": inContext("Name"),
        "Execution.RoleArn": inContext("RoleArn"),
        "Execution.StartTime": inContext("StartTime"),
        "Execution.RedriveCount": naming("RedriveCount", done(redriven)),
        "Execution.RedriveTime": naming("RedriveTime", done(redriven)),
        "State.EnteredTime": inContext("EnteredTime"),
        "State.Name": inContext("Name"),
        "State.RetryCount": naming(
          "RetryCount",
          done(testsIn("engine/retry-and-catch")("the number of retries is in the context")),
        ),
        "StateMachine.Id": inContext("Id"),
        "StateMachine.Name": inContext("Name"),
        "Task.Token": naming("Task.Token", done(testsIn("engine/task")("a task with a token"))),
        "Map.Item.Index": done(testsIn("engine/map")("where the items come from and what an iteration gets")),
        "Map.Item.Value": done(testsIn("engine/map")("where the items come from and what an iteration gets")),
        "Map.Item.Key": naming(
          "Map.Item.Key",
          differs(
            "of a member of an object; `Map.Item.Value` is then the member's value alone, which AWS does not describe",
            testsIn("engine/map-run-children")(
              "a child's input > that is a member of an object has a Key in the context, and its value alone; as a whole it is a pair",
            ),
          ),
        ),
        "Map.Item.Source": done(
          testsIn("engine/map-run-children")("a child's input > is what the ItemSelector makes of it"),
        ),
      },
    },
  ],
};
