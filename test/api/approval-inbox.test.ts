/** The inbox: which approvals are listed, to whom, and by whom they are answered. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TaskId } from "../../src/engine/execution.ts";
import { deleteApproval, insertApproval, type ListedApproval } from "../../src/runtime/approval-index.ts";
import { readApprovalLink } from "../../src/runtime/approval-link.ts";
import { upsertEntries } from "../../src/runtime/execution-index.ts";
import type { OpenApproval } from "../../src/runtime/approvals.ts";
import { ACCOUNT, Fixture, SEALER, SECRET_KEYS } from "./fixture.ts";
import { AUDIENCE, Guarded, TEAM } from "./guarded.ts";
import { RestClient } from "./rest-client.ts";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
});

afterEach(() => rest.close());

const executionArn = (n: number, machine = "orders"): string => `${ACCOUNT}:execution:${machine}:run-${n}`;

function listed(n: number, more: Partial<ListedApproval> = {}): ListedApproval {
  return {
    askedAt: api.at - 10_000 + n,
    executionArn: executionArn(n),
    taskId: "0-1" as TaskId,
    tokenDigest: "digest",
    stateMachineArn: `${ACCOUNT}:stateMachine:orders`,
    startedAt: api.at - 20_000,
    executionName: `run-${n}`,
    stateName: "Ask",
    title: `Question ${n}`,
    ...more,
  };
}

async function put(target: Fixture, ...approvals: readonly ListedApproval[]): Promise<void> {
  for (const approval of approvals) await insertApproval(target.context.db, approval).run();
}

async function indexed(n: number, stoppedAt?: number): Promise<void> {
  await upsertEntries(api.context.db, [
    {
      stateMachineArn: `${ACCOUNT}:stateMachine:orders`,
      startedAt: api.at - 20_000,
      name: `run-${n}`,
      executionArn: executionArn(n),
      status: stoppedAt === undefined ? "RUNNING" : "FAILED",
      version: stoppedAt === undefined ? 1 : 2,
      redriveCount: 0,
      ...(stoppedAt !== undefined && { stoppedAt }),
    },
  ]);
}

const count = (): number =>
  Number(api.db.database.prepare("SELECT count(*) AS n FROM approval").get()?.["n"] ?? Number.NaN);

const OPEN: OpenApproval = {
  kind: "open",
  stateMachineName: "orders",
  executionName: "run-1",
  stateName: "Ask",
  parameters: JSON.stringify({
    Payload: {
      Approval: {
        Title: "Pay?",
        Message: "For the printer",
        Data: { total: 12 },
        Form: { type: "object", properties: { amount: { type: "integer" } }, required: ["amount"] },
      },
    },
  }),
  askedAt: Date.UTC(2026, 0, 1),
};

const titlesIn = (body: { readonly approvals: readonly { readonly title: string }[] }): readonly string[] =>
  body.approvals.map(({ title }) => title);

describe("the list", () => {
  test("shows what waits, newest first, page by page", async () => {
    await put(api, ...[1, 2, 3, 4, 5].map((n) => listed(n)), listed(6, { askedAt: api.at - 10_000 + 3 }));
    const titles: string[] = [];
    let query = "?limit=2";
    for (let page = 0; page < 5 && query !== ""; page += 1) {
      const { body } = await rest.call("GET", `/api/approvals${query}`);
      titles.push(...titlesIn(body));
      query = body.nextCursor === undefined ? "" : `?limit=2&cursor=${body.nextCursor}`;
      // What comes meanwhile does not shift the rest.
      if (page === 0) await put(api, listed(9));
    }
    expect(titles.map((title) => title.slice(-1))).toEqual(["5", "4", "6", "3", "2", "1"]);
    expect((await rest.call("GET", "/api/approvals?limit=1")).body.approvals).toEqual([
      {
        id: expect.any(String),
        executionArn: executionArn(9),
        state: "Ask",
        title: "Question 9",
        askedAt: new Date(api.at - 10_000 + 9).toISOString(),
      },
    ]);
  });

  test("is of one state machine where one is named; a cursor is of its own list", async () => {
    const bills = `${ACCOUNT}:stateMachine:bills`;
    await put(api, listed(1), listed(2, { stateMachineArn: bills }), listed(3), listed(4, { stateMachineArn: bills }));
    expect(titlesIn((await rest.call("GET", "/api/approvals?stateMachine=bills")).body)).toEqual([
      "Question 4",
      "Question 2",
    ]);
    expect(titlesIn((await rest.call("GET", `/api/approvals?stateMachine=${bills}&limit=1`)).body)).toHaveLength(1);
    const { nextCursor } = (await rest.call("GET", "/api/approvals?stateMachine=bills&limit=1")).body;
    expect((await rest.call("GET", `/api/approvals?cursor=${nextCursor}`)).status).toBe(400);
    expect((await rest.call("GET", "/api/approvals?machine=bills")).status).toBe(400);
  });

  test("leaves out what has ended or timed out meanwhile, and forgets it", async () => {
    await put(
      api,
      listed(1),
      listed(2),
      listed(3, { closesAt: api.at }),
      listed(4, { closesAt: api.at + 1 }),
      listed(5),
    );
    await indexed(1);
    await indexed(2, api.at - 1);
    // It was redriven: the entry in the index is behind, and what is asked now is newer than that end.
    await indexed(5, api.at - 15_000);
    const { body } = await rest.call("GET", "/api/approvals");
    expect(titlesIn(body)).toEqual(["Question 5", "Question 4", "Question 1"]);
    expect(body.approvals[1]).toMatchObject({ closesAt: new Date(api.at + 1).toISOString() });
    expect(count()).toBe(3);
  });

  test("takes a row once, and loses it once", async () => {
    await put(api, listed(1), listed(1, { title: "Again" }));
    expect(titlesIn((await rest.call("GET", "/api/approvals")).body)).toEqual(["Question 1"]);
    for (let n = 0; n < 2; n += 1) await deleteApproval(api.context.db, listed(1)).run();
    expect(count()).toBe(0);
  });
});

describe("one of them", () => {
  async function idOfOne(): Promise<string> {
    await put(api, listed(1));
    return (await rest.call("GET", "/api/approvals")).body.approvals[0].id;
  }

  test("is shown as its execution knows it", async () => {
    const id = await idOfOne();
    const execution = api.execution(executionArn(1));
    execution.asked = { ...OPEN, closesAt: Date.UTC(2026, 0, 2) };
    const { body } = await rest.call("GET", `/api/approvals/${id}`);
    expect(body).toEqual({
      id,
      executionArn: executionArn(1),
      status: "OPEN",
      state: "Ask",
      title: "Pay?",
      message: "For the printer",
      data: [{ name: "total", text: "12" }],
      form: { type: "object", properties: { amount: { type: "integer" } }, required: ["amount"] },
      askedAt: "2026-01-01T00:00:00.000Z",
      closesAt: "2026-01-02T00:00:00.000Z",
    });
    expect(execution.calls).toEqual([["approval", { version: 1, taskId: "0-1", tokenDigest: "digest" }]]);
  });

  test("is decided once, and gone from the list", async () => {
    const id = await idOfOne();
    api.execution(executionArn(1)).asked = OPEN;
    const path = `/api/approvals/${id}`;
    const faulty = await rest.call("POST", path, { decision: "APPROVED", form: { amount: "x" } });
    expect([faulty.status, faulty.body.errors]).toEqual([
      400,
      [{ pointer: "/form/amount", detail: "A whole number is needed" }],
    ]);
    expect(count()).toBe(1);
    const decided = { id, executionArn: executionArn(1), status: "APPROVED", by: "test", identity: "STATED" };
    const approved = await rest.call("POST", path, { decision: "APPROVED", comment: "fine", form: { amount: 3 } });
    expect(approved.body).toMatchObject(decided);
    expect(count()).toBe(0);
    expect((await rest.call("POST", path, { decision: "REJECTED" })).body).toMatchObject(decided);
    expect((await rest.call("GET", path)).body).toMatchObject(decided);
  });

  test("that is over is corrected by whoever looks at it", async () => {
    const id = await idOfOne();
    const { body } = await rest.call("GET", `/api/approvals/${id}`);
    expect(body).toEqual({ id, executionArn: executionArn(1), status: "CLOSED" });
    expect(count()).toBe(0);
    expect((await rest.call("POST", `/api/approvals/${id}`, { decision: "APPROVED" })).body.status).toBe("CLOSED");
  });

  test.each<[string, unknown]>([
    ["no decision", {}],
    ["another decision", { decision: "MAYBE" }],
    ["a name", { decision: "APPROVED", by: "Ada" }],
    ["a comment that is no text", { decision: "APPROVED", comment: 1 }],
    ["a form that is no object", { decision: "APPROVED", form: [] }],
  ])("is not decided by a body with %s", async (_, body) => {
    const id = await idOfOne();
    const execution = api.execution(executionArn(1));
    execution.asked = OPEN;
    expect((await rest.call("POST", `/api/approvals/${id}`, body)).status).toBe(400);
    expect(execution.calls).toEqual([]);
  });

  test("that nobody made, or of another account, wakes no object", async () => {
    const id = await idOfOne();
    await put(api, listed(2, { executionArn: executionArn(2).replace("123456789012", "999999999999") }));
    const other = (await rest.call("GET", "/api/approvals")).body.approvals[0].id as string;
    for (const made of ["x", id.slice(1), `${id}A`, other]) {
      expect((await rest.call("GET", `/api/approvals/${made}`)).status).toBe(404);
      expect((await rest.call("POST", `/api/approvals/${made}`, { decision: "APPROVED" })).status).toBe(404);
    }
    expect(api.executions.size).toBe(0);
  });
});

describe("by their policies", () => {
  const statement = (...actions: readonly string[]): object => ({
    Statement: { Effect: "Allow", Action: actions, Resource: "*" },
  });

  async function guarded(policy: string | object): Promise<{ call: Guarded["send"]; api: Fixture; id: string }> {
    const door = new Guarded({
      SECRET_KEYS,
      ACCESS_TEAM_DOMAIN: TEAM,
      ACCESS_AUD: AUDIENCE,
      ACCESS_POLICIES: { "ann@example.com": "admin" },
    });
    Object.assign(door.api.context, { publicUrl: "https://flows.example.com" });
    await put(door.api, listed(1));
    door.api.execution(executionArn(1)).asked = OPEN;
    const headers = { "cf-access-jwt-assertion": await door.assertion({ email: "Ann@example.com" }) };
    const list = await door.send("/api/approvals", { headers });
    const [{ id }] = list.body["approvals"] as [{ id: string }];
    const own = policy === "access" ? headers : { authorization: `Bearer ${door.bearerKey({ policy, name: "bot" })}` };
    return {
      call: (path, init) => door.send(path, { ...init, headers: { "content-type": "application/json", ...own } }),
      api: door.api,
      id,
    };
  }
  const post = (body: object): RequestInit => ({ method: "POST", body: JSON.stringify(body) });
  const APPROVED = post({ decision: "APPROVED", form: { amount: 1 } });

  test("who only reads lists and looks, sees no links, and decides nothing", async () => {
    const { call, id } = await guarded("read-only");
    expect((await call("/api/approvals")).status).toBe(200);
    const shown = await call(`/api/approvals/${id}`);
    expect([shown.body["status"], shown.body["links"]]).toEqual(["OPEN", undefined]);
    expect((await call(`/api/approvals/${id}`, APPROVED)).status).toBe(403);
  });

  test("who may do callbacks decides, by the key's name, and need not see the list", async () => {
    const { call, api: at, id } = await guarded("callback-only");
    expect((await call("/api/approvals")).status).toBe(403);
    expect((await call(`/api/approvals/${id}`)).status).toBe(403);
    expect((await call(`/api/approvals/${id}`, APPROVED)).body).toMatchObject({ by: "bot", identity: "KEY" });
    const [[, , given]] = at.execution(executionArn(1)).calls.slice(-1) as [[string, object, object]];
    expect(given).toMatchObject({ decision: "APPROVED", by: "bot", identity: "KEY" });
  });

  test("whoever may not answer tasks decides nothing here either, and each decision is a permission of its own", async () => {
    const { call, id } = await guarded(statement("stepflare:DecideApproval", "states:SendTaskFailure"));
    const refused = await call(`/api/approvals/${id}`, APPROVED);
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining("states:SendTaskSuccess")]);
    expect((await call(`/api/approvals/${id}`, post({ decision: "REJECTED" }))).body["status"]).toBe("REJECTED");
  });

  test("whom Cloudflare Access let in decides by their address, and gets links that work", async () => {
    const { call, id } = await guarded("access");
    const { links } = (await call(`/api/approvals/${id}`)).body as unknown as { links: Record<string, string> };
    expect(Object.keys(links)).toEqual(["callback", "approve", "reject"]);
    const read = readApprovalLink(SEALER, links["approve"]?.split("/a/")[1] ?? "");
    expect(read).toMatchObject({
      executionArn: executionArn(1),
      taskId: "0-1",
      tokenDigest: "digest",
      decisions: ["APPROVED"],
    });
    const decided = await call(`/api/approvals/${id}`, post({ decision: "REJECTED", comment: "no" }));
    expect(decided.body).toMatchObject({ status: "REJECTED", by: "ann@example.com", identity: "ACCESS" });
  });
});
