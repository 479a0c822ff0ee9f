/** The quotas that change behaviour, and what else is AWS's around a workflow. */
import { differs, done, naming, notYet, noting, testsIn, type Chapter } from "../claim.ts";

const parse = testsIn("asl/parse");
const flow = testsIn("engine/pass-and-data-flow");
const task = testsIn("engine/task");
const machines = testsIn("api/state-machines");

export const quotas: Chapter = {
  title: "Quotas",
  tables: [
    {
      title: "Quotas that change behaviour",
      prefix: "quota.",
      what: "quota",
      claims: {
        "262,144 bytes in a state's output": naming(
          "262,144",
          done(flow("an output of more than 262,144 bytes is States.DataLimitExceeded")),
        ),
        "262,144 bytes in a task's result": naming(
          "262,144",
          done(task("a result of more than 262,144 bytes is the task's failure, States.DataLimitExceeded")),
        ),
        "262,144 bytes in an execution's input": naming(
          "262,144",
          done(testsIn("e2e/sdk")("raw HTTP > [F38] an input over 262,144 bytes is refused and nothing is started")),
        ),
        "25,000 events in a history": naming(
          "25,000",
          done(testsIn("engine/history-quota")("[F46] the event with the id 25,000 is ExecutionFailed")),
        ),
        "1,048,576 characters in a definition": naming("1_048_576", done(parse("a definition of no reasonable size"))),
        "1 MB in a request": naming(
          "megabyte",
          done(testsIn("api/hostile-requests")("[F43] a body that is no request")),
        ),
        "80 characters in the name of a state": naming(
          "80",
          done(parse("a definition of no reasonable size > names have between 1 and 80 characters")),
        ),
        "names of state machines, executions, activities": naming(
          "InvalidName",
          done(machines("CreateStateMachine"), testsIn("api/executions")("StartExecution")),
        ),
        "the lengths of all members": naming(
          "maxResults",
          done(testsIn("api/constraints")("a member outside its bounds")),
        ),
        "50 tags": naming(
          "tags",
          done(testsIn("api/activities-and-tags")("tags > are fifty at most, old and new together")),
        ),
        "99,999,999 seconds in a timeout": naming("100_000_000", done(task("what fails before the call is made"))),
        "2^31 - 1 seconds in a Wait": naming(
          "2_147_483_648",
          done(testsIn("engine/wait")("[F35] a wait that cannot be understood is States.Runtime")),
        ),
        "31,622,400 seconds in MaxDelaySeconds": naming("31_622_401", done(testsIn("asl/retry-catch")("a Retrier"))),
        "1000 items of States.ArrayRange": naming(
          "1000",
          done(testsIn("data/intrinsics")("functions of arrays > a range holds at most 1000 items")),
        ),
        "10,000 characters of States.Hash and Base64": naming(
          "10,000",
          done(testsIn("data/intrinsics")("functions of texts > data has at most 10,000 characters")),
        ),
        "100 diagnostics": naming(
          "100",
          done(testsIn("api/definitions")("no more than 100 are shown where nobody says how many")),
        ),
        "14 days in which an execution can be redriven": naming("14 * DAY", done(testsIn("store/redrive")("%s"))),
        "200 levels in a definition": naming(
          "100_000",
          differs(
            "AWS's limit is not known; refused with TOO_DEEPLY_NESTED",
            parse("a definition of no reasonable size"),
          ),
        ),
        "64 levels of And, Or and Not": naming(
          "Not",
          differs(
            "AWS's limit is not known; refused with TOO_DEEPLY_NESTED",
            testsIn("asl/choice-rule")(
              "And, Or and Not > nested deeper than anybody writes are refused, not overflowing",
            ),
          ),
        ),
        "five minutes for an Express execution": naming(
          "five minutes",
          done(testsIn("express/express-run")("its end")),
        ),
        "one year for a Standard execution": naming(
          "year",
          differs(
            "no timer waits for it: what nothing wakes is ended within minutes, by the cron trigger",
            testsIn("runtime/retention")("the walk > ends what has been open for a year"),
          ),
        ),
        "90 days of history": naming(
          "90",
          noting(
            "can be set; deleted within minutes after that, by the cron trigger",
            done(
              testsIn("api/config")("without settings executions are kept for 90 days and not archived"),
              testsIn("runtime/retention")("the walk"),
            ),
          ),
        ),
        "rates (StartExecution and others)": naming(
          "StartExecution",
          differs("off until they are set; counted in each isolate by itself", testsIn("api/throttling")("a setting")),
        ),
        "state machines, activities": naming(
          "activities",
          differs(
            "counted only where a number is set",
            testsIn("api/quotas")("state machines and activities are counted where that is asked for"),
          ),
        ),
        "open executions": notYet("they are not counted"),
      },
    },
    {
      title: "Around a workflow",
      prefix: "around.",
      what: "part",
      claims: {
        "logs of Express executions": naming(
          "logs",
          differs("to the Worker's own log", testsIn("runtime/express")("asynchronous")),
        ),
        "logs of Standard executions": naming(
          "Standard",
          differs("to the Worker's log, OpenTelemetry, a queue or R2", testsIn("e2e/observe")("logs")),
        ),
        "traces (X-Ray)": naming("spans", differs("by OpenTelemetry", testsIn("e2e/observe")("traces"))),
        "metrics (CloudWatch)": naming(
          "ExecutionsStarted",
          differs(
            "in Analytics Engine, and for a scraper in OpenMetrics",
            testsIn("observe/metrics")("an execution is counted when it starts and when it ends, and timed"),
          ),
        ),
        "EventBridge events": naming(
          "status",
          done(
            testsIn("api/status-events")("the event"),
            testsIn("e2e/events")("a change of status starts a state machine"),
          ),
        ),
        redrive: done(testsIn("engine/redrive")("a redriven execution")),
        "Express workflows": naming(
          "Express",
          done(testsIn("e2e/express")("StartExecution of an Express state machine")),
        ),
      },
    },
  ],
};
