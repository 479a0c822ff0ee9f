/** The Durable Object of one Map Run: a doorman. The driver does the work. */
import { DurableObject } from "cloudflare:workers";
import { parallelOf, startedIn, waitingIn, type Counts, type MapRunLimits } from "../../engine/map-run-ledger.ts";
import type { MapState } from "../../asl/types.ts";
import { Payload } from "../../data/payload.ts";
import { redactorOf } from "../redaction.ts";
import { childNumber, type SelectionContext } from "../../engine/map-run-children.ts";
import type { Env } from "../../env.ts";
import { platformRandomness } from "../entropy.ts";
import type { Answer, ExecutionDescription, ExecutionRpc, MapRunPlace, RefusalName } from "../execution-rpc.ts";
import { bucketsOf } from "../objects/configured-buckets.ts";
import type { Buckets } from "../objects/buckets.ts";
import { outcomeOfChild } from "./chunk-worker.ts";
import { itemSource, itemSourceName } from "./item-source.ts";
import { childNames, contextOf, isStandard, placeOf, type LoadedMapRun } from "./loaded-map-run.ts";
import { listChildren, childAt } from "./map-run-children.ts";
import { MapRunDriver } from "./map-run-driver.ts";
import type { MapRunHost } from "./map-run-host.ts";
import { finishMapRun } from "./map-run-results.ts";
import type {
  ChunkGrant,
  ChunkReport,
  MapRunChildrenPage,
  MapRunChildrenRequest,
  MapRunCounts,
  MapRunDescription,
  MapRunPlan,
  MapRunRetireRequest,
  MapRunRpc,
  MapRunUsage,
  TakeRequest,
} from "./map-run-rpc.ts";
import { MapRunStore, type MapRunState } from "./map-run-store.ts";
import { stateItems } from "./state-items.ts";

/** What the Worker that embeds Stepflare hands in. */
export interface MapRunObjectOptions {
  execution(env: Env, executionArn: string): ExecutionRpc;
}

type MapRunObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & MapRunRpc;

/** After a defect in the alarm, it is tried again this much later. */
const ALARM_RETRY_MS = 30_000;
/** What a message batch may hold. */
const MAX_BATCH = 100;

/** The class to export under the name that wrangler.toml binds. */
export function mapRunObject(options: MapRunObjectOptions): MapRunObjectClass {
  return class extends DurableObject<Env> implements MapRunRpc {
    readonly #store: MapRunStore;
    readonly #driver: MapRunDriver;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#store = new MapRunStore(ctx.storage);
      this.#driver = new MapRunDriver(hostOf(ctx, env, this.#store, options));
    }

    async start(plan: MapRunPlan): Promise<Answer<null>> {
      this.#driver.countRequest();
      if (await this.#driver.load()) return this.#redrive(plan.redriveCount ?? 0);
      this.#driver.begin(plan);
      return accept(null);
    }

    async redrive(redriveCount: number): Promise<Answer<null>> {
      return this.#with(() => this.#redrive(redriveCount));
    }

    async stop(redriveCount: number): Promise<Answer<null>> {
      return this.#with(() => {
        this.#driver.stop(redriveCount);
        return accept(null);
      });
    }

    async take(request: TakeRequest): Promise<ChunkGrant | null> {
      this.#driver.countRequest();
      return (await this.#driver.load()) ? this.#driver.take(request) : null;
    }

    async progress(chunk: number, claim: string): Promise<boolean> {
      this.#driver.countRequest();
      return (await this.#driver.load()) && this.#driver.progress(chunk, claim);
    }

    async report(report: ChunkReport): Promise<boolean> {
      this.#driver.countRequest();
      return (await this.#driver.load()) && this.#driver.report(report);
    }

    async childEnded(place: MapRunPlace, child: ExecutionDescription): Promise<Answer<null>> {
      return this.#with(({ ledger }) => {
        const { chunk, position, epoch = ledger.epoch } = place;
        this.#driver.childEnded(chunk, { position, epoch, ...outcomeOfChild(child) });
        return accept(null);
      });
    }

    async describe(): Promise<Answer<MapRunDescription>> {
      return this.#with((state, run) => accept(describeMapRun(state, run)));
    }

    async update(limits: Partial<MapRunLimits>): Promise<Answer<null>> {
      return this.#with(() => {
        this.#driver.update(limits);
        return accept(null);
      });
    }

    async children(request: MapRunChildrenRequest): Promise<Answer<MapRunChildrenPage>> {
      return this.#with((state, run) => accept(listChildren(request, state, run, this.#store)));
    }

    async retire(request: MapRunRetireRequest): Promise<Answer<null>> {
      // What is not there needs not go.
      if (!(await this.#driver.load())) return accept(null);
      return this.#driver.retire(request) ? accept(null) : refuse("ResourceNotFound", "The Map Run has not ended");
    }

    async describeChild(name: string, redacted = false): Promise<Answer<ExecutionDescription>> {
      return this.#with((state, run) => {
        const number = childNumber(name);
        const place = number === undefined ? undefined : placeOf(number);
        const child = place && childAt(place.chunk, place.position, name, state, run, this.#store);
        return child === undefined
          ? refuse("ExecutionDoesNotExist", `Execution Does Not Exist: '${name}'`)
          : accept((redacted ? redactorOf(run.plan.redactedPaths)?.description(child) : undefined) ?? child);
      });
    }

    async usage(): Promise<Answer<MapRunUsage>> {
      return this.#with(() => accept(this.#driver.usage));
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      const scheduledAt = info?.scheduledTime ?? Date.now();
      this.#driver.countRequest();
      // The run before this one died with its object. The platform gives up after six retries, but not an alarm that was set.
      if (info?.isRetry === true) await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
      try {
        await this.#driver.onAlarm(scheduledAt);
      } catch (error) {
        console.error("stepflare: alarm failed", this.ctx.id.name, error);
        await this.ctx.storage.setAlarm(Math.max(Date.now(), scheduledAt) + ALARM_RETRY_MS);
      }
    }

    #redrive(redriveCount: number): Answer<null> {
      const isTaken = this.#driver.redrive(redriveCount);
      return isTaken ? accept(null) : refuse("ExecutionNotRedrivable", "The Map Run is stopping");
    }

    async #with<T>(work: (state: MapRunState, run: LoadedMapRun) => Answer<T>): Promise<Answer<T>> {
      this.#driver.countRequest();
      await this.#driver.load();
      const { known } = this.#driver;
      if (known !== undefined) return work(known.state, known.run);
      return refuse("ResourceNotFound", `Resource not found: '${this.ctx.id.name ?? ""}'`);
    }
  };
}

function describeMapRun(state: MapRunState, run: LoadedMapRun): MapRunDescription {
  const { ledger, ended, startedAt, resultsWritten } = state;
  const { plan, context } = run;
  const running = runningOf(state, run);
  return {
    mapRunArn: plan.mapRunArn,
    executionArn: context.facts.executionArn,
    stateMachineArn: childNames(plan.mapRunArn, true).stateMachineArn,
    status: ended?.status ?? "RUNNING",
    startDate: startedAt,
    ...(ended !== undefined && { stopDate: ended.stoppedAt }),
    ...ledger.limits,
    itemCounts: countsOf(ledger.items, Math.min(running, ledger.items.total), resultsWritten),
    executionCounts: countsOf(ledger.executions, running, resultsWritten),
    redriveCount: ledger.epoch,
    ...(ledger.epoch > 0 && { redriveDate: ledger.epochAt }),
  };
}

/** Children that have begun and not ended, as far as is known: of Express ones, as many as run at the same time. */
function runningOf({ ledger, ended }: MapRunState, run: LoadedMapRun): number {
  if (ended !== undefined) return 0;
  if (isStandard(run)) return startedIn(ledger);
  const parallel = parallelOf(ledger.limits);
  return Object.values(ledger.open).reduce((sum, chunk) => sum + Math.min(waitingIn(chunk).length, parallel), 0);
}

function countsOf(counts: Counts, running: number, resultsWritten: number): MapRunCounts {
  const { total, succeeded, failed, timedOut, aborted } = counts;
  const open = total - succeeded - failed - timedOut - aborted;
  return { ...counts, running: Math.min(running, open), pending: Math.max(open - running, 0), resultsWritten };
}

function hostOf(ctx: DurableObjectState, env: Env, store: MapRunStore, options: MapRunObjectOptions): MapRunHost {
  const executionOf = (run: LoadedMapRun): ExecutionRpc => options.execution(env, run.context.facts.executionArn);
  return {
    store,
    now: () => Date.now(),
    keepAlive: (work) => ctx.waitUntil(work),
    getAlarm: async () => (await ctx.storage.getAlarm()) ?? undefined,
    setAlarm: (at) => {
      // Not awaited: written in the same synchronous run as the rows, it is committed with them.
      void ctx.storage.setAlarm(at);
    },
    open: (plan) => {
      const { state, context } = contextOf(plan);
      return {
        plan,
        state,
        context,
        ...sourceOf(state, context, bucketsOf(env)),
        entropy: platformRandomness,
      };
    },
    send: async (messages) => {
      for (let from = 0; from < messages.length; from += MAX_BATCH) {
        await env.MAP_QUEUE.sendBatch(messages.slice(from, from + MAX_BATCH).map((body) => ({ body })));
      }
    },
    stopChild: async (executionArn) => {
      await options.execution(env, executionArn).stop(undefined, "The Map Run was stopped.");
    },
    retireChild: async (executionArn, request) => {
      const answer = await options.execution(env, executionArn).retire(request);
      if (!answer.ok || answer.value.kind === "kept") throw new Error(`${executionArn} could not be retired`);
    },
    deleteAll: async () => {
      await ctx.storage.deleteAlarm();
      await ctx.storage.deleteAll();
    },
    tellExecution: async (run, outcome, redriveCount) =>
      (await executionOf(run).mapRunEnded(run.plan.mapRunArn, redriveCount, outcome)).ok,
    isAwaited: async (run) => {
      const answer = await executionOf(run).awaitsMapRun(run.plan.mapRunArn);
      return answer.ok && answer.value;
    },
    finish: (run, state) => finishMapRun(run, state, store, bucketsOf(env)),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}

function sourceOf(
  { ItemReader }: MapState,
  { order }: SelectionContext,
  buckets: Buckets,
): Pick<LoadedMapRun, "source" | "sourceName"> {
  if (ItemReader === undefined) {
    return { source: stateItems(order.items ?? Payload.of([])), sourceName: itemSourceName(undefined) };
  }
  const { MaxItems: _, ...config } = ItemReader.ReaderConfig;
  const ReaderConfig = order.maxItems === undefined ? config : { ...config, MaxItems: order.maxItems };
  const reader = { Resource: ItemReader.Resource, ReaderConfig, input: order.reader ?? {} };
  return {
    source: itemSource(reader, buckets),
    get sourceName() {
      return itemSourceName(reader);
    },
  };
}

function accept<T>(value: T): Answer<T> {
  return { ok: true, value };
}

function refuse(error: RefusalName, message: string): Answer<never> {
  return { ok: false, error, message };
}
