/** The fields of the states that do work, or have it done: Task and Parallel, with Retry and Catch. */
import { differs, done, naming, testsIn, type Chapter } from "../claim.ts";
import { fieldTable } from "../field-table.ts";

const parse = testsIn("asl/parse");
const common = testsIn("asl/common-fields");
const jsonata = testsIn("engine/jsonata");
const fields = testsIn("engine/jsonata-fields");
const variables = testsIn("engine/variables");
const task = testsIn("engine/task");
const parallel = testsIn("engine/parallel");
const recovery = testsIn("engine/retry-and-catch");
const parsed = testsIn("asl/retry-catch");
const becomes = done(task("what a result becomes"));
const around = done(parallel("what goes in and what comes out"));
const transition = done(parse("transitions"), common("%s goes on to its Next, or ends"));
const shared = {
  Type: done(parse("each type of state > %s is accepted with what it must have")),
  Comment: done(common("%s may have a Comment")),
  QueryLanguage: done(parse("each type of state > %s takes either query language"), jsonata("each state")),
  Next: transition,
  End: transition,
};

export const workFields: Chapter = {
  title: "Fields: Task, Parallel, Retry, Catch",
  tables: [
    fieldTable("Task", "Task.", {
      ...shared,
      Resource: done(parse("a resource"), task("the events around a task are those of its resource")),
      "TimeoutSeconds (JSONPath)": done(task("a timeout")),
      "TimeoutSeconds (JSONata)": done(
        jsonata("a Task > gets its Arguments; Output and Assign see the result and the input"),
        jsonata("an expression that fails > %s of the wrong kind"),
      ),
      TimeoutSecondsPath: done(task("a timeout"), task("what fails before the call is made")),
      "HeartbeatSeconds (JSONPath)": done(task("heartbeats")),
      "HeartbeatSeconds (JSONata)": done(fields("HeartbeatSeconds may be an expression")),
      HeartbeatSecondsPath: done(task("what fails before the call is made"), fields("a HeartbeatSecondsPath counts")),
      "Credentials (JSONPath)": differs(
        "evaluated and told in the history; a role is assumed where real AWS is called, as nothing here has one",
        task("the events around a task are those of its resource > credentials are part of what was scheduled"),
      ),
      "Credentials (JSONata)": differs(
        "evaluated and told in the history; a role is assumed where real AWS is called, as nothing here has one",
        jsonata("a Task > tells the role of its Credentials: %s"),
      ),
      Retry: done(recovery("a retried task is scheduled again under the same visit")),
      Catch: done(recovery("a Catcher"), jsonata("a Task > an expression that fails can be caught")),
      InputPath: becomes,
      Parameters: done(task("the events around a task are those of its resource")),
      ResultSelector: becomes,
      ResultPath: becomes,
      OutputPath: becomes,
      "Assign (JSONPath)": done(
        variables("what an Assign sees as its input > of a Task: its result after ResultSelector"),
      ),
      "Assign (JSONata)": done(jsonata("a Task > gets its Arguments; Output and Assign see the result and the input")),
      Arguments: done(jsonata("a Task > gets its Arguments; Output and Assign see the result and the input")),
      Output: done(jsonata("a Task > gets its Arguments; Output and Assign see the result and the input")),
    }),
    fieldTable("Parallel", "Parallel.", {
      ...shared,
      Branches: done(
        parallel("all branches begin with the same input, and their outputs join in the order of the branches"),
        parse("each type of state > %j is refused: %s"),
      ),
      Retry: done(parallel("Retry and Catch of the Parallel itself")),
      Catch: done(
        parallel("Retry and Catch of the Parallel itself"),
        fields("a Parallel and a Map retry and catch in JSONata: %s"),
      ),
      InputPath: around,
      Parameters: around,
      ResultSelector: around,
      ResultPath: around,
      OutputPath: around,
      "Assign (JSONPath)": done(
        variables("what an Assign sees as its input > of a %s: the joined result after ResultSelector"),
      ),
      "Assign (JSONata)": done(fields("Assign is evaluated in each state that may have it: %s")),
      Arguments: done(jsonata("each state")),
      Output: done(jsonata("each state")),
    }),
    fieldTable("A branch", "Branches.", {
      StartAt: done(parse("each type of state > %j is refused: %s")),
      States: done(parse("each type of state > %j is refused: %s")),
      Comment: done(common("a branch and a processor may have a Comment, too")),
    }),
    fieldTable("A Retrier", "Retry.", {
      ErrorEquals: done(parsed("a Retrier"), recovery("which names match which failures")),
      IntervalSeconds: done(recovery("the delays before the attempts"), parsed("a Retrier")),
      MaxAttempts: done(recovery("the delays before the attempts"), parsed("a Retrier")),
      BackoffRate: done(recovery("the delays before the attempts"), parsed("a Retrier")),
      MaxDelaySeconds: done(recovery("the delays before the attempts"), parsed("a Retrier")),
      JitterStrategy: done(recovery("the delays before the attempts"), parsed("a Retrier")),
      Comment: done(parsed("a Retrier")),
    }),
    fieldTable("A Catcher", "Catch.", {
      ErrorEquals: done(parsed("a Catcher"), recovery("a Catcher")),
      Next: done(parsed("a Catcher"), recovery("a Catcher")),
      Comment: done(parsed("a Catcher")),
      ResultPath: done(recovery("a Catcher")),
      "Assign (JSONPath)": done(variables("what an Assign sees as its input > of a Catcher: the error output")),
      "Assign (JSONata)": done(jsonata("a Task > a Catcher's Output sees the error output")),
      Output: done(jsonata("a Task > a Catcher's Output sees the error output")),
    }),
    {
      title: "Retry and Catch as a whole",
      prefix: "recovery.",
      what: "rule",
      claims: {
        "States.ALL stands alone and last": naming("States.ALL", done(parsed("States.ALL stands alone and last"))),
        "each Retrier counts for itself": naming("MaxAttempts", done(recovery("several Retriers"))),
        "the counts are forgotten at the next visit": naming(
          "MaxAttempts",
          done(recovery("the counts are forgotten when the state is visited again")),
        ),
        "the counts are reset by a redrive": naming(
          "Retry",
          done(testsIn("engine/redrive")("a redriven execution > has all its retries again")),
        ),
      },
    },
  ],
};
