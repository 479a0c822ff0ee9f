/**
 * Stepflare over two catalogues, `few` and `many`, and the calls whose time must not depend on which of them it is.
 *
 * W1. Both hold a state machine with the same executions of each status, which really ran; in between lie the others, which
 *     are rows of the index alone, as no call that is measured goes to their objects.
 * W2. The Worker calls itself and takes the time: the way through the development server is not in it.
 */
import type { Env } from "../../src/env.ts";
import { indexStatuses, type StatusMessage } from "../../src/runtime/status-queue.ts";
import { createStepflare, type Stepflare } from "../../src/stepflare.ts";

interface BenchEnv extends Env {
  readonly CATALOGUE_MANY: D1Database;
}

type Catalogue = "few" | "many";

const stepflare: Stepflare = createStepflare({ functions: {} });
export const ExecutionObject: Stepflare["ExecutionObject"] = stepflare.ExecutionObject;

const ACCOUNT = "arn:aws:states:us-east-1:123456789012";
const ROLE = "arn:aws:iam::123456789012:role/bench";
const OF_EACH_STATUS = 10;

/** Ends as its name says: the first as FAILED, then some go on running, the last succeed. */
const DEFINITION = JSON.stringify({
  StartAt: "How",
  States: {
    How: {
      Type: "Choice",
      Choices: [
        { Variable: "$.how", StringEquals: "fail", Next: "Fail" },
        { Variable: "$.how", StringEquals: "wait", Next: "Wait" },
      ],
      Default: "End",
    },
    Fail: { Type: "Fail" },
    Wait: { Type: "Wait", Seconds: 86_400, Next: "End" },
    End: { Type: "Succeed" },
  },
});

const worker: ExportedHandler<BenchEnv, StatusMessage> = {
  fetch: async (request, env, ctx) => {
    const { pathname, searchParams } = new URL(request.url);
    const catalogue = searchParams.get("catalogue") === "many" ? "many" : "few";
    const bench = new Bench(env, ctx, catalogue);
    if (pathname === "/setup") return Response.json(await bench.setUp(Number(searchParams.get("others"))));
    if (pathname === "/run") {
      return Response.json(await bench.run(searchParams.get("call") ?? "", Number(searchParams.get("count"))));
    }
    return (await stepflare.worker.fetch?.(request, env, ctx)) ?? new Response(null, { status: 404 });
  },
  queue: async (batch, env) => {
    for (const catalogue of ["few", "many"] as const) {
      const messages = batch.messages.filter(({ body }) => body.entry.stateMachineArn === machineArn(catalogue));
      await indexStatuses({ ...batch, messages }, { db: databaseOf(env, catalogue), countsExecutions: false });
    }
  },
};
export default worker;

class Bench {
  readonly #env: Env;
  readonly #ctx: ExecutionContext;
  readonly #catalogue: Catalogue;
  readonly #db: D1Database;
  readonly #migrated: D1Database;

  constructor(env: BenchEnv, ctx: ExecutionContext, catalogue: Catalogue) {
    this.#migrated = env.CATALOGUE;
    this.#db = databaseOf(env, catalogue);
    this.#env = { ...env, CATALOGUE: this.#db };
    this.#ctx = ctx;
    this.#catalogue = catalogue;
  }

  /** @param others how many executions lie between those that run or failed and those that succeeded */
  async setUp(others: number): Promise<object> {
    if (this.#catalogue === "many") await copySchema(this.#migrated, this.#db);
    await this.#call("CreateStateMachine", { name: this.#catalogue, definition: DEFINITION, roleArn: ROLE });
    const path = `http://localhost/api/state-machines/${this.#catalogue}/search-fields`;
    await this.#fetch(path, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ fields: { how: "$.input.how" } }),
    });
    await this.#start("fail");
    await this.#start("wait");
    await this.#insertOthers(others);
    await this.#start("succeed");
    return {};
  }

  /** Milliseconds that so many calls took, one after the other. */
  async run(call: string, count: number): Promise<object> {
    const nextToken = call === "list-next" ? (await this.#list({}))["nextToken"] : undefined;
    const began = Date.now();
    for (let i = 0; i < count; i++) await this.#make(call, nextToken);
    return { milliseconds: Date.now() - began };
  }

  async #make(call: string, nextToken: unknown): Promise<void> {
    const executionArn = `${ACCOUNT}:execution:${this.#catalogue}:succeed-0`;
    const search = `http://localhost/api/executions?stateMachine=${this.#catalogue}&limit=${OF_EACH_STATUS}`;
    switch (call) {
      case "describe":
        return void (await this.#call("DescribeExecution", { executionArn }));
      case "history":
        return void (await this.#call("GetExecutionHistory", { executionArn }));
      case "list":
        return expectFull(await this.#list({}));
      case "list-next":
        return expectFull(await this.#list({ nextToken }));
      case "list-running":
        return expectFull(await this.#list({ statusFilter: "RUNNING" }));
      case "list-failed":
        return expectFull(await this.#list({ statusFilter: "FAILED" }));
      case "list-succeeded":
        return expectFull(await this.#list({ statusFilter: "SUCCEEDED" }));
      case "list-machines":
        return void (await this.#call("ListStateMachines", { maxResults: OF_EACH_STATUS }));
      case "search-failed":
        return expectFull(await this.#fetch(`${search}&status=FAILED&namePrefix=f`));
      case "search-field":
        return expectFull(await this.#fetch(`${search}&field[how]=fail`));
      default:
        throw new Error(`There is no call '${call}'`);
    }
  }

  async #list(more: object): Promise<Record<string, unknown>> {
    const stateMachineArn = machineArn(this.#catalogue);
    return this.#call("ListExecutions", { stateMachineArn, maxResults: OF_EACH_STATUS, ...more });
  }

  async #start(how: string): Promise<void> {
    const stateMachineArn = machineArn(this.#catalogue);
    const input = JSON.stringify({ how });
    for (let i = 0; i < OF_EACH_STATUS; i++) {
      await this.#call("StartExecution", { stateMachineArn, name: `${how}-${i}`, input });
    }
    const sql = "SELECT count(*) AS n FROM execution_index WHERE name LIKE ?1 AND (status = 'RUNNING') = ?2";
    const count = this.#db.prepare(sql).bind(`${how}-%`, how === "wait" ? 1 : 0);
    while ((await count.first<number>("n")) !== OF_EACH_STATUS) await scheduler.wait(20);
  }

  async #insertOthers(count: number): Promise<void> {
    const at = Date.now() + 1;
    const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)";
    const arn = machineArn(this.#catalogue);
    const machines = "'" + ACCOUNT + ":stateMachine:other-' || i";
    await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO execution_index (state_machine_arn, started_at, name, execution_arn, status, stopped_at, version, redrive_count)
            ${numbers} SELECT ?1, ?2, 'other-' || i, 'arn:other-' || i, 'SUCCEEDED', ?2 + 1, 2, 0 FROM n`,
        )
        .bind(arn, at, count),
      this.#db
        .prepare(
          `INSERT INTO execution_field (state_machine_arn, field, value, started_at, name)
            ${numbers} SELECT ?1, 'how', 'other', ?2, 'other-' || i FROM n`,
        )
        .bind(arn, at, count),
      this.#db
        .prepare(
          `INSERT INTO state_machine (arn, name, type, definition, role_arn, revision_id, created_at, updated_at, status,
              logging_configuration, tracing_configuration, encryption_configuration)
            ${numbers} SELECT ${machines}, 'other-' || i, ?1, '{}', '', 'INITIAL', ?2, ?2, 'ACTIVE', '{}', '{}', '{}' FROM n`,
        )
        .bind("STANDARD", at, count),
    ]);
    await scheduler.wait(5);
  }

  async #call(operation: string, body: object): Promise<Record<string, unknown>> {
    const headers = { "X-Amz-Target": `AWSStepFunctions.${operation}`, "Content-Type": "application/x-amz-json-1.0" };
    return this.#fetch("http://localhost/", { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
    const request = new Request(url, init) as Request<unknown, IncomingRequestCfProperties>;
    const response = await stepflare.worker.fetch?.(request, this.#env, this.#ctx);
    const text = (await response?.text()) ?? "";
    if (response?.ok !== true) throw new Error(`${url} answered ${response?.status}: ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }
}

function databaseOf(env: BenchEnv, catalogue: Catalogue): D1Database {
  return catalogue === "many" ? env.CATALOGUE_MANY : env.CATALOGUE;
}

function machineArn(catalogue: Catalogue): string {
  return `${ACCOUNT}:stateMachine:${catalogue}`;
}

/** A page that holds fewer than it should would be read in less time. */
function expectFull({ executions }: Record<string, unknown>): void {
  if (Array.isArray(executions) && executions.length === OF_EACH_STATUS) return;
  throw new Error(`A page holds ${Array.isArray(executions) ? executions.length : "no list of"} executions`);
}

/** Migrations are applied to the first of the two. */
async function copySchema(from: D1Database, to: D1Database): Promise<void> {
  const { results } = await from
    .prepare(
      `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
        AND name <> 'd1_migrations' ORDER BY type DESC`,
    )
    .all<{ readonly sql: string }>();
  await to.batch(results.map(({ sql }) => to.prepare(sql)));
}
