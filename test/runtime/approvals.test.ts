/** Links that people answer a task with, down to the execution's real object. */
import { createExecutionContext, evictDurableObject, listDurableObjectIds } from "cloudflare:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { TaskLinkName } from "../../src/asl/task-links.ts";
import worker from "../../src/index.ts";
import { makeApprovalLink } from "../../src/runtime/approval-link.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { readTaskToken } from "../../src/runtime/task-token.ts";
import {
  again,
  bindings,
  executionOf,
  functionAnswering,
  historyOf,
  prepareCatalogue,
  start,
  until,
  untilEnded,
  valueOf,
  type FunctionCall,
  type TestExecution,
} from "./words.ts";

const ORIGIN = "http://localhost:8787";
const SEALER = createSealer(undefined);
const REQUEST = { maxResults: 1000, reverseOrder: false, includeExecutionData: true };
let calls: readonly FunctionCall[] = [];

const asking = (fields: object = {}): object => ({
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Comment: "Pay the printer?",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Parameters: { FunctionName: "mail", Payload: { "token.$": "$$.Task.Token", total: 12 } },
      End: true,
      ...fields,
    },
  },
});

function latestToken(): string {
  const { token } = (calls.at(-1)?.input ?? {}) as { token?: string };
  return token ?? "";
}

/** An execution that waits for a decision, and a maker of links for it. */
async function waiting(definition = asking()): Promise<readonly [TestExecution, (name?: TaskLinkName) => string]> {
  const execution = executionOf(definition);
  const before = calls.length;
  await start(execution);
  await until(
    async () => calls.length,
    (length) => length > before,
  );
  const taskToken = latestToken();
  const { executionArn = "", taskId } = readTaskToken(SEALER, taskToken) ?? {};
  if (taskId === undefined) throw new Error("no token");
  const task = { executionArn, taskId, taskToken, at: Date.now() };
  return [execution, (name = "CallbackUrl") => makeApprovalLink(SEALER, ORIGIN, name, task)];
}

async function send(link: string, init: RequestInit = {}, env = bindings): Promise<Response> {
  const request = new Request(link, { redirect: "manual", ...init }) as Parameters<NonNullable<typeof worker.fetch>>[0];
  return (await worker.fetch?.(request, env, createExecutionContext())) ?? Response.error();
}

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "cf-connecting-ip": "203.0.113.9" },
  body: JSON.stringify(body),
});

async function detailsOf(execution: TestExecution, type: string): Promise<Readonly<Record<string, unknown>>> {
  const { events } = valueOf(await again(execution).history(REQUEST));
  return events.find((event) => event.type === type)?.details ?? {};
}

beforeAll(async () => {
  await prepareCatalogue();
  calls = await functionAnswering("mail", () => Response.json("sent"));
});

describe("a decision", () => {
  test("by the page's form lets the task succeed with who, when and why; the history keeps it", async () => {
    const [execution, link] = await waiting();
    const address = link();
    const page = await send(address);
    const cookie = page.headers.get("set-cookie")?.split(";")[0] ?? "";
    const text = await page.text();
    expect(text).toContain("Pay the printer?");
    expect(text).toContain("<dt><bdi>total</bdi></dt>");
    expect(text).not.toContain("sft_");
    const nonce = /name="nonce" value="(?<nonce>[^"]+)"/u.exec(text)?.groups?.["nonce"] ?? "";
    await evictDurableObject(again(execution));
    const answer = await send(address, {
      method: "POST",
      headers: { cookie, origin: ORIGIN, "cf-connecting-ip": "203.0.113.9" },
      body: new URLSearchParams({ nonce, decision: "APPROVED", by: "Ada", comment: "fine" }),
    });
    expect(answer.status).toBe(303);
    const { status, output = "" } = await untilEnded(execution);
    expect(status).toBe("SUCCEEDED");
    const record = {
      decision: "APPROVED",
      comment: "fine",
      by: "Ada",
      identity: "STATED",
      at: expect.stringMatching(/^2\d.*Z$/u),
      ip: "203.0.113.9",
    };
    expect(JSON.parse(output)).toEqual(record);
    expect(JSON.parse(String((await detailsOf(execution, "TaskSucceeded"))["output"]))).toEqual(record);
    await evictDurableObject(again(execution));
    expect(await (await send(address)).text()).toContain("This was approved by <bdi>Ada</bdi>");
    expect(await (await send(link("RejectUrl"))).text()).toContain("This was approved by <bdi>Ada</bdi>");
  });

  test("is asked for without the data that the state machine redacts", async () => {
    const Payload = { "token.$": "$$.Task.Token", total: 12, card: { password: "hunter2" } };
    const execution = executionOf(asking({ Parameters: { FunctionName: "mail", Payload } }));
    const before = calls.length;
    valueOf(await execution.object.start({ ...execution.request, redactedPaths: '["$..password"]' }));
    await until(
      async () => calls.length,
      (length) => length > before,
    );
    const taskToken = latestToken();
    const { taskId } = readTaskToken(SEALER, taskToken) ?? {};
    if (taskId === undefined) throw new Error("no token");
    const task = { executionArn: execution.arn, taskId, taskToken, at: Date.now() };
    const text = await (await send(makeApprovalLink(SEALER, ORIGIN, "CallbackUrl", task))).text();
    expect(text).toContain("password");
    expect(text).not.toContain("hunter2");
  });

  test("against it fails the task with Approval.Rejected, which a Catcher gets with the same record", async () => {
    const Catch = [{ ErrorEquals: ["Approval.Rejected"], Next: "No" }];
    const definition = asking({ Catch });
    (definition as { States: Record<string, object> }).States["No"] = {
      Type: "Pass",
      Parameters: { "why.$": "States.StringToJson($.Cause)" },
      End: true,
    };
    const [execution, link] = await waiting(definition);
    expect((await send(link(), json({ decision: "REJECTED", by: "Bob", comment: "too much" }))).status).toBe(200);
    const { output = "" } = await untilEnded(execution);
    expect(JSON.parse(output)).toMatchObject({
      why: { decision: "REJECTED", comment: "too much", by: "Bob", ip: "203.0.113.9" },
    });
  });

  test("of two at the same time the first counts, and both are told of it", async () => {
    const [execution, link] = await waiting();
    const answers = await Promise.all([
      send(link("ApproveUrl"), json({ decision: "APPROVED", by: "Ada" })),
      send(link("RejectUrl"), json({ decision: "REJECTED", by: "Bob" })),
    ]);
    const told = await Promise.all(answers.map((answer) => answer.json<{ status: string; by: string }>()));
    expect(told[0]).toEqual(told[1]);
    const ended = (await historyOf(execution)).filter((type) => /^Task(?:Succeeded|Failed)$/u.test(type));
    expect(ended).toEqual([told[0]?.status === "APPROVED" ? "TaskSucceeded" : "TaskFailed"]);
  });

  test("costs no row more than a callback", async () => {
    const rows = async (execution: TestExecution): Promise<number> =>
      valueOf(await again(execution).usage()).rowsWritten;
    const [[byLink, link], [byToken]] = [await waiting(), await waiting()];
    const token = latestToken();
    const before = [await rows(byLink), await rows(byToken)] as const;
    await send(link(), json({ decision: "APPROVED" }));
    await again(byToken).sendTaskSuccess(token, "1");
    expect((await rows(byLink)) - before[0]).toBe((await rows(byToken)) - before[1]);
    const after = await rows(byLink);
    for (let n = 0; n < 5; n += 1) await send(link());
    expect(await rows(byLink)).toBe(after);
  });
});

describe("behind Cloudflare Access", () => {
  const TEAM = "approvals.cloudflareaccess.com";
  const AUDIENCE = "a1b2c3d4e5f60718";
  const settings = {
    ACCESS_TEAM_DOMAIN: TEAM,
    ACCESS_AUD: AUDIENCE,
    ACCESS_POLICIES: { "admin@example.com": "admin" },
  };

  /** Assertions by a team whose keys are served where Access serves them. */
  async function team(): Promise<(email: string, audience?: string) => Promise<string>> {
    const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
    const keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" }];
    const before = vi.mocked(fetch).getMockImplementation();
    vi.mocked(fetch).mockImplementation(async (input, init) => {
      if (new Request(input, init).url === `https://${TEAM}/cdn-cgi/access/certs`) return Response.json({ keys });
      if (before === undefined) throw new Error("nobody answers");
      return before(input, init);
    });
    return (email, audience = AUDIENCE) =>
      new SignJWT({ email })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setIssuedAt()
        .setExpirationTime("10 minutes")
        .setIssuer(`https://${TEAM}`)
        .setAudience(audience)
        .sign(privateKey);
  }

  test("who decides is who Access says, also without a policy for the API, and the history has it", async () => {
    const assertionOf = await team();
    const [execution, link] = await waiting();
    const decide = async (assertion: string, env = { ...bindings, ...settings }): Promise<number> => {
      const { headers, ...init } = json({ decision: "APPROVED", by: "Somebody Else" });
      const sent = { ...(headers as Record<string, string>), "cf-access-jwt-assertion": assertion };
      return (await send(link(), { ...init, headers: sent }, env)).status;
    };
    expect(await decide(await assertionOf("ann@example.com", "ffffffffffffffff"))).toBe(403);
    expect(await decide("x.y.z")).toBe(403);
    expect(valueOf(await again(execution).describe()).status).toBe("RUNNING");
    expect(await decide(await assertionOf("Ann@example.com"))).toBe(200);
    await untilEnded(execution);
    const { output } = await detailsOf(execution, "TaskSucceeded");
    expect(JSON.parse(String(output))).toMatchObject({ by: "ann@example.com", identity: "ACCESS" });
  });

  test("an assertion is nobody's word where Access is not set up", async () => {
    const [execution, link] = await waiting();
    const { headers, ...init } = json({ decision: "APPROVED", by: "Ada" });
    const sent = { ...(headers as Record<string, string>), "cf-access-jwt-assertion": "x.y.z" };
    expect((await send(link(), { ...init, headers: sent })).status).toBe(200);
    expect(JSON.parse((await untilEnded(execution)).output ?? "")).toMatchObject({ by: "Ada", identity: "STATED" });
  });
});

describe("a link", () => {
  test("that fifty scanners open changes nothing", async () => {
    const [execution, link] = await waiting();
    const types = await historyOf(execution);
    for (let n = 0; n < 50; n += 1)
      expect((await send(link(), { method: n % 5 === 0 ? "HEAD" : "GET" })).status).toBe(200);
    expect((await send(link(), { method: "POST", body: new URLSearchParams({ decision: "APPROVED" }) })).status).toBe(
      403,
    );
    expect(await historyOf(execution)).toEqual(types);
  });

  test("is opened, asked about and fetched ahead by a scanner, which changes nothing and may read nothing from elsewhere", async () => {
    const [execution, link] = await waiting();
    const types = await historyOf(execution);
    const address = link();
    const env = { ...bindings, CORS_ORIGINS: "https://console.example.com" };
    const headers = { origin: "https://console.example.com", "sec-fetch-site": "cross-site" };
    const asks = { ...headers, "access-control-request-method": "POST" };
    const requests: readonly RequestInit[] = [
      { method: "HEAD" },
      {},
      { headers: { "sec-purpose": "prefetch;prerender" } },
      { headers: { accept: "*/*" } },
      { headers: { accept: "image/avif,image/webp,*/*" } },
      { method: "OPTIONS", headers: asks },
      { headers },
      { method: "POST", headers, body: new URLSearchParams({ decision: "APPROVED" }) },
      { ...json({ decision: "APPROVED" }), headers: { ...headers, "content-type": "application/json" } },
      { method: "DELETE" },
    ];
    const answers = await Promise.all(requests.map((init) => send(address, init, env)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 204, 200, 403, 403, 405]);
    for (const answer of answers)
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(await historyOf(execution)).toEqual(types);
  });

  test("to a task that was answered in another way, timed out, or was retried, is no longer open", async () => {
    const [answered, first] = await waiting();
    const token = latestToken();
    await again(answered).sendTaskSuccess(token, "1");
    expect((await send(first(), json({ decision: "APPROVED" }))).status).toBe(410);
    const [late, second] = await waiting(
      asking({ TimeoutSeconds: 1, Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1, IntervalSeconds: 1 }] }),
    );
    const shown = await (
      await send(second(), { headers: { accept: "application/json" } })
    ).json<{ expiresAt: string }>();
    expect(Date.parse(shown.expiresAt) - Date.now()).toBeLessThanOrEqual(1_000);
    await scheduler.wait(1_200);
    expect((await send(second())).status).toBe(410);
    expect((await send(second(), json({ decision: "APPROVED" }))).status).toBe(410);
    expect(await historyOf(late)).not.toContain("TaskSucceeded");
  });

  test("[F21] from before a redrive is no longer open", async () => {
    const [execution, link] = await waiting();
    await again(execution).stop(undefined, undefined);
    const before = calls.length;
    valueOf(await again(execution).redrive(undefined));
    await until(
      async () => calls.length,
      (length) => length > before,
    );
    expect((await send(link(), json({ decision: "APPROVED" }))).status).toBe(410);
    expect(valueOf(await again(execution).describe()).status).toBe("RUNNING");
  });

  test("[F23] that is forged wakes no object", async () => {
    const [, link] = await waiting();
    const before = await listDurableObjectIds(bindings.EXECUTION);
    const address = link();
    for (let n = 0; n < 40; n += 1) {
      const at = ORIGIN.length + 7 + Math.floor((n / 40) * (address.length - ORIGIN.length - 7));
      const forged = address.slice(0, at) + (address.charAt(at) === "A" ? "B" : "A") + address.slice(at + 1);
      expect((await send(forged)).status).toBe(404);
    }
    expect(await listDurableObjectIds(bindings.EXECUTION)).toHaveLength(before.length);
  });

  test("that a state asks for where nobody said what this Stepflare's address is fails it with what to set", async () => {
    const Parameters = { FunctionName: "mail", Payload: { "url.$": "$$.Task.ApproveUrl" } };
    const execution = executionOf(asking({ Parameters }));
    await start(execution);
    const { status, error, cause } = await untilEnded(execution);
    expect([status, error]).toEqual(["FAILED", "States.Runtime"]);
    expect(cause).toContain("set PUBLIC_URL in wrangler.toml");
  });
});
