/** The fields of the top level and of the states that do no work of their own. */
import { differs, done, naming, testsIn, type Chapter } from "../claim.ts";
import { fieldTable } from "../field-table.ts";

const parse = testsIn("asl/parse");
const common = testsIn("asl/common-fields");
const flow = testsIn("engine/pass-and-data-flow");
const variables = testsIn("engine/variables");
const jsonata = testsIn("engine/jsonata");
const fields = testsIn("engine/jsonata-fields");
const choice = testsIn("engine/choice");
const wait = testsIn("engine/wait");
const fail = testsIn("engine/fail");
const rules = testsIn("asl/choice-rule");

const topLevel = done(parse("a definition"));
const type = done(parse("each type of state > %s is accepted with what it must have"));
const comment = done(common("%s may have a Comment"));
const language = done(parse("each type of state > %s takes either query language"), jsonata("each state"));
const transition = done(parse("transitions"), common("%s goes on to its Next, or ends"));
const shared = { Type: type, Comment: comment, QueryLanguage: language };
const dataFlow = flow("the data flows through the fields in order");
const each = jsonata("each state");

export const simpleFields: Chapter = {
  title: "Fields: the top level, Pass, Choice, Wait, Succeed, Fail",
  tables: [
    fieldTable("The top level", "machine.", {
      StartAt: topLevel,
      States: topLevel,
      Comment: topLevel,
      Version: topLevel,
      TimeoutSeconds: done(parse("a definition"), testsIn("engine/stop-and-timeout")("the machine's TimeoutSeconds")),
      QueryLanguage: done(parse("a definition"), each),
    }),
    fieldTable("Pass", "Pass.", {
      ...shared,
      Next: transition,
      End: transition,
      InputPath: done(dataFlow),
      Parameters: done(dataFlow),
      Result: done(dataFlow),
      ResultPath: done(dataFlow, flow("a ResultPath that does not fit the input is States.ResultPathMatchFailure")),
      OutputPath: done(dataFlow),
      "Assign (JSONPath)": done(
        variables("what an Assign sees as its input > of a Pass: its result, before ResultPath"),
      ),
      "Assign (JSONata)": done(jsonata("each state > Assign sees the variables as they were before")),
      Output: done(each),
    }),
    fieldTable("Choice", "Choice.", {
      ...shared,
      Choices: done(choice("the first rule that holds leads on"), parse("each type of state > %j is refused: %s")),
      Default: done(
        choice("where no rule holds the Default is taken"),
        jsonata("each state > Choice: its Default where no condition holds"),
      ),
      InputPath: done(choice("the input that the rules see and the output")),
      OutputPath: done(choice("the input that the rules see and the output")),
      "Assign (JSONPath)": done(variables("what an Assign sees as its input > of a Choice: %s")),
      "Assign (JSONata)": done(fields("a Choice's own Assign and Output count where the Default is taken")),
      Output: done(fields("a Choice's own Assign and Output count where the Default is taken")),
    }),
    fieldTable("A rule of a Choice", "Choices.", {
      Next: done(choice("the first rule that holds leads on"), rules("a rule > %s is refused")),
      Comment: done(rules("a rule > may have a comment and assign variables")),
      Variable: done(rules("%s"), choice("the input that the rules see and the output > a rule may ask the context")),
      And: done(testsIn("data/choice-rule")("And, Or and Not"), rules("And, Or and Not")),
      Or: done(testsIn("data/choice-rule")("And, Or and Not"), rules("And, Or and Not")),
      Not: done(testsIn("data/choice-rule")("And, Or and Not"), rules("And, Or and Not")),
      Condition: done(
        jsonata("each state > Choice: the first condition that holds, with its own Output and Assign"),
        jsonata("an expression that fails > %s of the wrong kind"),
      ),
      "Assign (JSONPath)": done(
        rules("a rule > may have a comment and assign variables"),
        variables("what an Assign sees as its input > of a Choice: %s"),
      ),
      "Assign (JSONata)": done(
        jsonata("each state > Choice: the first condition that holds, with its own Output and Assign"),
      ),
      Output: done(jsonata("each state > Choice: the first condition that holds, with its own Output and Assign")),
    }),
    fieldTable("Wait", "Wait.", {
      ...shared,
      Next: transition,
      End: transition,
      "Seconds (JSONPath)": done(
        wait("[F35] how long it waits"),
        wait("[F35] a moment that has passed is no wait at all"),
      ),
      "Seconds (JSONata)": done(each, jsonata("an expression that fails > %s of the wrong kind")),
      SecondsPath: done(
        wait("[F35] how long it waits"),
        wait("[F35] a wait that cannot be understood is States.Runtime"),
      ),
      "Timestamp (JSONPath)": done(
        wait("[F35] how long it waits"),
        wait("[F35] a moment that has passed is no wait at all"),
      ),
      "Timestamp (JSONata)": done(each, jsonata("an expression that fails > %s of the wrong kind")),
      TimestampPath: done(
        wait("[F35] how long it waits"),
        wait("[F35] a wait that cannot be understood is States.Runtime"),
      ),
      InputPath: done(wait("[F35] how long it waits")),
      OutputPath: done(wait("OutputPath is applied when the wait is over")),
      "Assign (JSONPath)": done(
        variables("what an Assign sees as its input > of a Wait: its input, when the wait is over"),
      ),
      "Assign (JSONata)": done(fields("Assign is evaluated in each state that may have it: %s")),
      Output: done(each),
    }),
    fieldTable("Succeed", "Succeed.", {
      ...shared,
      InputPath: done(flow("a Succeed state ends its machine")),
      OutputPath: done(flow("a Succeed state ends its machine")),
      Output: done(each),
    }),
    fieldTable("Fail", "Fail.", {
      ...shared,
      "Error (JSONPath)": done(fail("a Fail state")),
      "Error (JSONata)": done(jsonata("each state > Fail tells what its expressions give")),
      ErrorPath: done(fail("a Fail state")),
      "Cause (JSONPath)": done(fail("a Fail state")),
      "Cause (JSONata)": done(jsonata("each state > Fail tells what its expressions give")),
      CausePath: done(fail("a Fail state")),
    }),
    {
      title: "Values on their way through the fields",
      prefix: "values.",
      what: "part",
      claims: {
        "a text that no field rewrites": naming(
          "verbatim",
          done(flow("a text that no field rewrites passes verbatim")),
        ),
        "numbers such as `0.0` inside a rewritten value": naming(
          "0.0",
          differs(
            "`0`: JavaScript has one kind of number; a text that is passed on stays as it is",
            flow("a text that no field rewrites passes verbatim"),
          ),
        ),
      },
    },
  ],
};
