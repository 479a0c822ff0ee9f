/**
 * The Durable Object of one Standard execution: a doorman. It answers RPC and alarms; the driver does the work.
 *
 * O1. No method throws for a caller's mistake, and `alarm` never throws at all: the platform gives up after six retries.
 */
import { DurableObject } from "cloudflare:workers";
import { Payload } from "../data/payload.ts";
import { awaitsMapRun, findOpenTask, stopDemands } from "../engine/places.ts";
import type { ExecutionEvent } from "../engine/event.ts";
import type { Execution, TaskCursor, TaskId } from "../engine/execution.ts";
import { readConfig, type Env } from "../env.ts";
import { digestOf } from "./answered-tasks.ts";
import { closeDoor, emptyBehindDoor, isDoorClosed } from "./closed-doors.ts";
import { ExecutionDriver } from "./execution-driver.ts";
import { answerEvent } from "./tasks/answer-event.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import { approvalOf, decisionOf, type Approval, type ApprovalQuestion, type GivenDecision } from "./approvals.ts";
import { archiveText, writeArchive } from "./archive.ts";
import { deleteFields } from "./execution-index.ts";
import type {
  Answer,
  BegunMapRun,
  ExecutionDescription,
  ExecutionRpc,
  HistoryPage,
  HistoryRequest,
  LostEvent,
  PinnedStateMachine,
  RefusalName,
  RetireRequest,
  Retirement,
  StartAnswer,
  StartedTask,
  StartRequest,
  Usage,
  Waiter,
  Watcher,
} from "./execution-rpc.ts";
import { hostOf, type ExecutionObjectOptions } from "./execution-host.ts";
import { describeExecution, describePinned, redactedDescription } from "./execution-views.ts";
import { ExecutionStore } from "./execution-store.ts";
import { redactorOf } from "./redaction.ts";
import { redriveRefusal } from "./redrive.ts";
import { countFitting, MAX_PAGE_CHARACTERS, withoutPayloads } from "./history-data.ts";
import { begunMapRuns, MAP_RUN_EVENTS } from "./map/begun-map-runs.ts";
import type { MapRunOutcome } from "./map/map-run-rpc.ts";
import { readTaskToken } from "./task-token.ts";
import { childResult } from "./tasks/states.ts";

/** After a defect in the alarm, it is tried again this much later. */
const ALARM_RETRY_MS = 30_000;

type ExecutionObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & ExecutionRpc;

/** The class to export under the name that wrangler.toml binds. */
export function executionObject(options: ExecutionObjectOptions): ExecutionObjectClass {
  return class extends DurableObject<Env> implements ExecutionRpc {
    readonly #store: ExecutionStore;
    readonly #driver: ExecutionDriver;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#store = new ExecutionStore(ctx.storage);
      this.#driver = new ExecutionDriver(hostOf(ctx, env, this.#store, options, () => this.#driver.load()));
    }

    async start(request: StartRequest): Promise<Answer<StartAnswer>> {
      return this.#exclusive(async () => {
        const known = await this.#driver.load();
        const { watcher } = request;
        if (known === undefined && watcher !== undefined && isDoorClosed(this.ctx.storage, watcher))
          return refuse("TaskTimedOut", "Task Timed Out: 'Nobody waits for this execution any more'");
        if (known !== undefined && !isRepeated(known, request)) {
          return refuse("ExecutionAlreadyExists", `Execution Already Exists: '${request.executionArn}'`);
        }
        if (known !== undefined && watcher !== undefined) this.#driver.addWatcher(watcher);
        const { execution } = known ?? (await this.#driver.begin(request));
        return accept({ executionArn: request.executionArn, startDate: execution.facts.startedAt });
      });
    }

    async describe(redacted = false): Promise<Answer<ExecutionDescription>> {
      return this.#read((loaded) => (redacted ? redactedDescription(loaded) : describeExecution(loaded)));
    }

    async describeStateMachine(): Promise<Answer<PinnedStateMachine>> {
      return this.#read(describePinned);
    }

    async history(request: HistoryRequest): Promise<Answer<HistoryPage>> {
      return this.#read(({ request: { redactedPaths } }) => {
        const { fromEventId, maxResults, reverseOrder } = request;
        const found = this.#store.readHistory(fromEventId, maxResults + 1, reverseOrder, MAX_PAGE_CHARACTERS);
        const fitting = countFitting(found, maxResults);
        const events = found.slice(0, fitting);
        const next = found[fitting];
        const redactor = request.redacted === true ? redactorOf(redactedPaths) : undefined;
        const shown = redactor === undefined ? events : events.map((event) => redactor.event(event));
        return {
          events: request.includeExecutionData ? shown : shown.map(withoutPayloads),
          ...(next !== undefined && { nextEventId: next.id }),
        };
      });
    }

    async stop(error: string | undefined, cause: string | undefined): Promise<Answer<{ readonly stopDate: number }>> {
      return this.#exclusive(async () => {
        const failure = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
        await this.#driver.receive({ type: "ExecutionStopped", failure });
        const outcome = (await this.#driver.load())?.execution.outcome;
        if (outcome === undefined) return this.#doesNotExist();
        return accept({ stopDate: outcome.status === "RUNNING" ? Date.now() : outcome.stoppedAt });
      });
    }

    async redrive(clientToken: string | undefined): Promise<Answer<{ readonly redriveDate: number }>> {
      return this.#exclusive(async () => {
        await this.#driver.fireDue();
        const loaded = await this.#driver.load();
        if (loaded === undefined) return this.#doesNotExist();
        const repeated = this.#driver.repeatedRedrive(clientToken);
        if (repeated !== undefined) return accept({ redriveDate: repeated });
        const refusal = redriveRefusal(loaded.execution, Date.now());
        if (refusal !== undefined) return refuse("ExecutionNotRedrivable", refusal);
        return accept({ redriveDate: await this.#driver.redrive(clientToken) });
      });
    }

    async takeUp(epoch: number): Promise<Answer<null>> {
      return this.#exclusive(async () => {
        await this.#driver.fireDue();
        const loaded = await this.#driver.load();
        if (loaded === undefined) return this.#doesNotExist();
        const { request, execution } = loaded;
        if (request.mapRun?.epoch !== undefined && request.mapRun.epoch >= epoch) return accept(null);
        const refusal = redriveRefusal(execution, Date.now());
        if (execution.outcome.status !== "RUNNING" && refusal !== undefined)
          return refuse("ExecutionNotRedrivable", refusal);
        await this.#driver.takeUp(epoch);
        return accept(null);
      });
    }

    async startTask(taskToken: string, workerName: string | undefined): Promise<Answer<StartedTask>> {
      let input = "";
      const answer = await this.#withTask(taskToken, (task) => {
        input = task.parameters.text;
        const { taskId } = task;
        return this.#driver.receive({ type: "TaskStarted", taskId, ...(workerName !== undefined && { workerName }) });
      });
      return answer.ok ? accept({ input }) : answer;
    }

    async sendTaskSuccess(taskToken: string, output: string): Promise<Answer<null>> {
      return this.#answerTask(taskToken, digestOf(taskToken, "success", output), ({ taskId }) => ({
        type: "TaskSucceeded",
        taskId,
        output: Payload.fromText(output),
      }));
    }

    async sendTaskFailure(
      taskToken: string,
      error: string | undefined,
      cause: string | undefined,
    ): Promise<Answer<null>> {
      const failure = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
      const digest = digestOf(taskToken, "failure", error, cause);
      return this.#answerTask(taskToken, digest, ({ taskId }) => ({ type: "TaskFailed", taskId, failure }));
    }

    async sendTaskHeartbeat(taskToken: string): Promise<Answer<null>> {
      return this.#withTask(taskToken, ({ taskId }) => this.#driver.receive({ type: "TaskHeartbeatReceived", taskId }));
    }

    async approval(question: ApprovalQuestion): Promise<Answer<Approval>> {
      return this.#exclusive(() => this.#approvalNow(question));
    }

    async decide(question: ApprovalQuestion, given: GivenDecision): Promise<Answer<Approval>> {
      return this.#exclusive(async () => {
        const found = await this.#approvalNow(question);
        if (!found.ok || found.value.kind !== "open") return found;
        const { taskId, tokenDigest: digest } = question;
        const at = Date.now();
        const decided = decisionOf(found.value, taskId, given, at);
        if ("faults" in decided) return accept({ ...found.value, ...decided });
        const { decision, by, identity } = given;
        await this.#driver.answer(decided.event, { digest, at, decision, by, identity });
        return this.#approvalNow(question);
      });
    }

    async childEnded(watcher: Watcher, child: ExecutionDescription): Promise<Answer<null>> {
      return this.#exclusive(async () => {
        await this.#driver.fireDue();
        const loaded = await this.#driver.load();
        const taskId = watcher.taskId as TaskId;
        // One that has ended waits for nothing any more, also where the start was never recorded.
        if (loaded?.execution.outcome.status !== "RUNNING") return accept(null);
        const task = findOpenTask(loaded.execution.branches, taskId);
        if (task === undefined) return accept(null);
        if (!task.submitted) return refuse("TaskDoesNotExist", "The start of the child is not recorded yet");
        await this.#driver.receive(answerEvent(taskId, childResult(child, watcher.parseOutput)));
        return accept(null);
      });
    }

    async abandon(waiter: Waiter, isStarted: boolean): Promise<Answer<null>> {
      return this.#exclusive(async () => {
        const loaded = await this.#driver.load();
        if (loaded === undefined) {
          if (!isStarted) await closeDoor(this.ctx.storage, waiter, Date.now());
          return accept(null);
        }
        const watchers = [loaded.request.watcher, ...this.#store.readWatchers()];
        if (!watchers.some((x) => x?.executionArn === waiter.executionArn && x?.taskId === waiter.taskId))
          return accept(null);
        const cause = `The Task state in AWS Step Functions execution [${waiter.executionArn}] which was managing this resource was aborted`;
        await this.#driver.receive({ type: "ExecutionStopped", failure: { cause } });
        return accept(null);
      });
    }

    async mapRunEnded(mapRunArn: string, redriveCount: number, outcome: MapRunOutcome): Promise<Answer<null>> {
      return this.#exclusive(async () => {
        const result = "output" in outcome ? { output: Payload.fromText(outcome.output) } : outcome;
        await this.#driver.receive({ type: "MapRunEnded", mapRunArn, redriveCount, result });
        return accept(null);
      });
    }

    async mapRuns(): Promise<Answer<readonly BegunMapRun[]>> {
      return this.#read(({ execution }) => begunMapRuns(this.#store.eventsOf(MAP_RUN_EVENTS), execution.outcome));
    }

    async awaitsMapRun(mapRunArn: string): Promise<Answer<boolean>> {
      return this.#read(({ execution }) => awaitsMapRun(execution, mapRunArn));
    }

    async retire({ startedAt, closedBefore, archive }: RetireRequest): Promise<Answer<Retirement>> {
      return this.#exclusive<Retirement>(async () => {
        await this.#driver.fireDue();
        const loaded = await this.#driver.load();
        if (loaded === undefined || loaded.execution.facts.startedAt !== startedAt) {
          return accept({ kind: "gone" });
        }
        const { outcome } = loaded.execution;
        const entry = this.#driver.entryOf(loaded);
        const isDue = outcome.status !== "RUNNING" && outcome.stoppedAt < closedBefore;
        if (outcome.status === "RUNNING") this.#wakeMapRuns(loaded.execution);
        if (!isDue || !this.#driver.isSettled(loaded)) return accept({ kind: "kept", entry });
        // Each step may be repeated, and the rows go last: after a crash at any of them the whole is done again.
        if (archive) {
          const redactor = redactorOf(loaded.request.redactedPaths);
          const description = redactedDescription(loaded);
          const text = archiveText(description, describePinned(loaded), this.#store.historySegments(), redactor);
          await writeArchive(this.env.OBJECTS, description, text);
        }
        const mapRuns = begunMapRuns(this.#store.eventsOf(MAP_RUN_EVENTS), outcome);
        for (const { mapRunArn } of mapRuns) {
          const answer = await this.env.MAP_RUN.getByName(mapRunArn).retire({ closedBefore, archive });
          if (!answer.ok) return accept({ kind: "kept", entry });
        }
        await deleteFields(this.env.CATALOGUE, entry);
        await this.ctx.storage.deleteAlarm();
        await this.ctx.storage.deleteAll();
        this.#store.forget();
        this.#driver.forget();
        return accept({ kind: "gone" });
      });
    }

    async suspect(event: LostEvent): Promise<Answer<null>> {
      return this.#read(() => {
        const key = this.#suspectOf(event);
        if (key !== undefined) this.#driver.suspect(key);
        return null;
      });
    }

    async usage(): Promise<Answer<Usage>> {
      return this.#read(() => this.#driver.usage);
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      const scheduledAt = info?.scheduledTime ?? Date.now();
      this.#driver.countRequest();
      const isRetry = info?.isRetry ?? false;
      // The run before this one died with its object. The platform gives up after six retries, but not an alarm that was set.
      if (isRetry) await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
      try {
        await this.#driver.onAlarm(scheduledAt, isRetry);
        await this.#driver.exclusive(() => this.#emptyIfUnused(scheduledAt));
      } catch (error) {
        console.error("stepflare: alarm failed", this.ctx.id.name, error);
        await this.ctx.storage.setAlarm(Math.max(Date.now(), scheduledAt) + ALARM_RETRY_MS);
      }
    }

    /** As the breaker names it. */
    #suspectOf(event: LostEvent): string | undefined {
      if ("type" in event) return event.type;
      if ("taskId" in event) return event.taskId;
      return readTaskToken(readConfig(this.env).sealer, event.taskToken)?.taskId;
    }

    /** No execution has begun here: nothing but a closed door is stored. */
    async #emptyIfUnused(scheduledAt: number): Promise<void> {
      if ((await this.#driver.load(true)) === undefined)
        await emptyBehindDoor(this.ctx.storage, Date.now(), scheduledAt);
    }

    /** Whatever it waits for is woken with it. */
    #wakeMapRuns(execution: Execution): void {
      for (const { mapRunArn } of stopDemands(execution)) {
        const woken = this.env.MAP_RUN.getByName(mapRunArn).describe();
        this.ctx.waitUntil(
          woken.catch((error: unknown) => console.error("stepflare: could not be woken", mapRunArn, error)),
        );
      }
    }

    async #answerTask(
      taskToken: string,
      digest: string,
      event: (task: TaskCursor) => ExecutionEvent,
    ): Promise<Answer<null>> {
      const answer = { digest, at: Date.now() };
      return this.#withTask(taskToken, (task) => this.#driver.answer(event(task), answer), digest);
    }

    /** Does the work with the task that waits for that token. @param digest of an answer that may have been given already */
    async #withTask(
      taskToken: string,
      work: (task: TaskCursor) => Promise<void>,
      digest?: string,
    ): Promise<Answer<null>> {
      return this.#exclusive(async () => {
        const token = readTaskToken(readConfig(this.env).sealer, taskToken);
        await this.#driver.fireDue();
        const loaded = await this.#driver.load();
        if (token === undefined) return refuse("InvalidToken", "Invalid Token: 'Invalid token'");
        // Its execution was there once, or nobody would have its token.
        if (loaded === undefined)
          return refuse("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'");
        const { execution } = loaded;
        const task = execution.outcome.status === "RUNNING" && findOpenTask(execution.branches, token.taskId);
        if (!task && digest !== undefined && this.#driver.answered.isRepeated(digest, Date.now())) return accept(null);
        if (!task) return refuse("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
        if (task.taskToken !== taskToken) return refuse("InvalidToken", "Invalid Token: 'Invalid token'");
        await work(task);
        return accept(null);
      });
    }

    async #approvalNow(question: ApprovalQuestion): Promise<Answer<Approval>> {
      await this.#driver.fireDue();
      const loaded = await this.#driver.load();
      const decided = this.#driver.answered.findDecision(question.tokenDigest);
      return accept(loaded === undefined ? { kind: "closed" } : approvalOf(loaded, question, decided));
    }

    async #exclusive<T>(work: () => Promise<Answer<T>>): Promise<Answer<T>> {
      this.#driver.countRequest();
      return this.#driver.exclusive(work);
    }

    async #read<T>(read: (loaded: LoadedExecution) => T): Promise<Answer<T>> {
      return this.#exclusive(async () => {
        const loaded = await this.#driver.load();
        return loaded === undefined ? this.#doesNotExist() : accept(read(loaded));
      });
    }

    #doesNotExist(): Answer<never> {
      return refuse("ExecutionDoesNotExist", `Execution Does Not Exist: '${this.ctx.id.name ?? ""}'`);
    }
  };
}

function accept<T>(value: T): Answer<T> {
  return { ok: true, value };
}

function refuse(error: RefusalName, message: string): Answer<never> {
  return { ok: false, error, message };
}

/** StartExecution is idempotent while the execution runs: the same name with the same input. */
function isRepeated({ execution, request: known }: LoadedExecution, request: StartRequest): boolean {
  // A parent whose call was lost starts the same child again, which may have ended meanwhile. So does a Map Run.
  const { watcher, mapRun } = request;
  if (mapRun !== undefined && known.mapRun?.mapRunArn === mapRun.mapRunArn) return true;
  if (
    watcher !== undefined &&
    known.watcher?.executionArn === watcher.executionArn &&
    known.watcher.taskId === watcher.taskId
  )
    return true;
  return execution.outcome.status === "RUNNING" && execution.facts.input.text === request.input;
}
