/** Links that people answer a task with: who can decide by one, what the page shows, and what it does not let happen. */
import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { answerApproval, isApprovalPath, type ApprovalHost } from "../../src/api/approvals/approvals.ts";
import { approvalLimits, type ApprovalLimits } from "../../src/api/approvals/limits.ts";
import { ApiError } from "../../src/api/api-error.ts";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import type { TaskLinkName } from "../../src/asl/task-links.ts";
import { makeApprovalLink, readApprovalLink } from "../../src/runtime/approval-link.ts";
import { decisionOf, type Approval, type GivenDecision, type OpenApproval } from "../../src/runtime/approvals.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken } from "../../src/runtime/task-token.ts";

const ORIGIN = "https://flows.example.com";
const NOW = Date.UTC(2026, 10, 21, 14, 30);
const HOUR = 3_600_000;
const EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:orders:run-1";
const SEALER = createSealer(Buffer.alloc(32, 1).toString("base64"));

/** The world of one link: a task that can be decided once, and a browser's cookies. */
class Desk implements ApprovalHost {
  readonly accountId = "123456789012";
  readonly sealer = SEALER;
  readonly publicUrl = ORIGIN;
  readonly decisions: GivenDecision[] = [];
  /** What the decisions are to the engine. */
  readonly events: ExecutionEvent[] = [];
  /** How often an object was asked for. */
  woken = 0;
  at = NOW;
  approval: Approval;

  constructor(parameters: unknown = { Payload: { total: 12 } }, more: Partial<OpenApproval> = {}) {
    this.approval = {
      kind: "open",
      stateMachineName: "orders",
      executionName: "run-1",
      stateName: "Ask",
      parameters: JSON.stringify(parameters),
      askedAt: NOW - HOUR,
      ...more,
    };
  }

  limits: ApprovalLimits = () => undefined;
  /** What Cloudflare Access says. */
  identify: ApprovalHost["identify"] = async () => undefined;

  now(): number {
    return this.at;
  }

  execution(): ReturnType<ApprovalHost["execution"]> {
    this.woken += 1;
    return {
      approval: async () => ({ ok: true, value: this.approval }),
      decide: async (_, given) => {
        if (this.approval.kind === "open") {
          const decided = decisionOf(this.approval, "0-1" as TaskId, given, this.at);
          if ("faults" in decided) return { ok: true, value: { ...this.approval, ...decided } };
          const { decision, by, identity } = given;
          this.decisions.push(given);
          this.events.push(decided.event);
          this.approval = { kind: "decided", decision, by, identity, at: this.at };
        }
        return { ok: true, value: this.approval };
      },
    };
  }

  link(name: TaskLinkName = "CallbackUrl", executionArn = EXECUTION): string {
    const taskId = "0-1" as TaskId;
    const taskToken = makeTaskToken(SEALER, executionArn, taskId);
    return makeApprovalLink(SEALER, ORIGIN, name, { executionArn, taskId, taskToken, at: NOW });
  }
}

/** A browser: it keeps cookies, sends what browsers send, and never what its user did not do. */
class Browser {
  readonly desk: Desk;
  readonly cookies: Map<string, string> = new Map();

  constructor(desk: Desk) {
    this.desk = desk;
  }

  async send(link: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set("cookie", [...this.cookies].map(([name, x]) => `${name}=${x}`).join("; "));
    const response = await answerApproval(new Request(link, { ...init, headers }), this.desk);
    const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
    const at = cookie.indexOf("=");
    if (at > 0) this.cookies.set(cookie.slice(0, at), cookie.slice(at + 1));
    return response;
  }

  async open(link: string): Promise<string> {
    return (await this.send(link, { headers: { accept: "text/html" } })).text();
  }

  submit(
    link: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const sent = { accept: "text/html", origin: "null", "sec-fetch-site": "same-origin", ...headers };
    return this.send(link, { method: "POST", headers: sent, body: new URLSearchParams(fields) });
  }
}

const nonceOf = (page: string): string => /name="nonce" value="(?<nonce>[\w-]+)"/u.exec(page)?.groups?.["nonce"] ?? "";
const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

describe("a link", () => {
  test("says which task it is for and what it takes, and not the task's token", () => {
    const taskId = "3-17" as TaskId;
    const taskToken = makeTaskToken(SEALER, EXECUTION, taskId);
    const task = { executionArn: EXECUTION, taskId, taskToken, at: NOW };
    const decisionsOf = (name: TaskLinkName): unknown => {
      const part = makeApprovalLink(SEALER, ORIGIN, name, task).slice(`${ORIGIN}/a/`.length);
      const link = readApprovalLink(SEALER, part);
      expect(link).toMatchObject({ executionArn: EXECUTION, taskId, accountId: "123456789012" });
      expect(link?.expiresAt).toBe(NOW + 30 * 24 * HOUR);
      expect(JSON.stringify(link)).not.toContain(taskToken);
      expect(SEALER.open(taskToken.slice(4), "approval-link")).toBeUndefined();
      expect(SEALER.open(part.slice(4), "task-token")).toBeUndefined();
      return link?.decisions;
    };
    expect(decisionsOf("CallbackUrl")).toEqual(["APPROVED", "REJECTED"]);
    expect(decisionsOf("ApproveUrl")).toEqual(["APPROVED"]);
    expect(decisionsOf("RejectUrl")).toEqual(["REJECTED"]);
    expect(isApprovalPath(new URL(makeApprovalLink(SEALER, ORIGIN, "ApproveUrl", task)).pathname)).toBe(true);
    expect(isApprovalPath("/api/health")).toBe(false);
  });

  test("[F23] that nobody here made, or of another account, wakes no object", async () => {
    const desk = new Desk();
    const link = desk.link();
    const forged = [
      `${link.slice(0, -1)}${link.endsWith("A") ? "B" : "A"}`,
      link.slice(0, -1),
      `${link}A`,
      `${ORIGIN}/a/`,
      `${ORIGIN}/a/sfl_`,
      `${ORIGIN}/a/${makeTaskToken(SEALER, EXECUTION, "0-1" as TaskId)}`,
      link.replace("/sfl_", "/"),
      `${link}/more`,
      desk.link("CallbackUrl", EXECUTION.replace("123456789012", "999999999999")),
    ];
    for (const address of forged) {
      for (const init of [{}, json({ decision: "APPROVED" }), { method: "HEAD" }]) {
        expect((await answerApproval(new Request(address, init), desk)).status, address).toBe(404);
      }
    }
    expect(desk.woken).toBe(0);
  });

  test("is of no use after thirty days", async () => {
    const desk = new Desk();
    desk.at = NOW + 30 * 24 * HOUR;
    expect((await answerApproval(new Request(desk.link()), desk)).status).toBe(200);
    desk.at += 1;
    expect((await answerApproval(new Request(desk.link()), desk)).status).toBe(410);
    expect((await answerApproval(new Request(desk.link(), json({ decision: "APPROVED" })), desk)).status).toBe(410);
    expect([desk.woken, desk.decisions.length]).toEqual([1, 0]);
  });
});

describe("somebody who opens the page", () => {
  test("sees what is asked, and approves it with a name and a comment", async () => {
    const desk = new Desk({ FunctionName: "mail", Payload: { total: 12, items: ["a", "b"], token: "***" } });
    const browser = new Browser(desk);
    const page = await browser.open(desk.link());
    for (const shown of ["Ask", "orders", "run-1", "total", "12", "2026-11-21 13:30 UTC"])
      expect(page).toContain(shown);
    for (const hidden of ["FunctionName", "***", "<script"]) expect(page).not.toContain(hidden);
    const fields = { nonce: nonceOf(page), decision: "APPROVED", by: "Ada", comment: "fine" };
    const sent = await browser.submit(desk.link(), fields, { "cf-connecting-ip": "203.0.113.9" });
    expect(sent.status).toBe(403);
    // A link's cookie and nonce are its own: each link is sealed anew.
    const link = desk.link();
    const nonce = nonceOf(await browser.open(link));
    const answer = await browser.submit(link, { ...fields, nonce }, { "cf-connecting-ip": "203.0.113.9" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, new URL(link).pathname]);
    expect(desk.decisions).toMatchObject([
      { decision: "APPROVED", by: "Ada", identity: "STATED", comment: "fine", ip: "203.0.113.9" },
    ]);
    const after = await browser.open(link);
    expect(after).toContain("This was approved");
    expect(after).toContain("<bdi>Ada</bdi>");
    expect(after).not.toContain("<form");
  });

  test("sees the Approval that the task was given instead of everything else", async () => {
    const Approval = { Title: "Pay 12 €?", Message: "For the\nprinter.", Data: { to: "ACME" } };
    const desk = new Desk({ FunctionName: "mail", Payload: { Approval, internal: "x" } });
    const page = await new Browser(desk).open(desk.link());
    for (const shown of ["<h1><bdi>Pay 12 €?</bdi></h1>", "For the\nprinter.", "ACME"]) expect(page).toContain(shown);
    expect(page).not.toContain("internal");
  });

  test("can do no more than the link says", async () => {
    const desk = new Desk();
    const [approve, reject] = [desk.link("ApproveUrl"), desk.link("RejectUrl")];
    const browser = new Browser(desk);
    const page = await browser.open(approve);
    expect([page.includes('value="APPROVED"'), page.includes('value="REJECTED"')]).toEqual([true, false]);
    expect((await browser.submit(approve, { nonce: nonceOf(page), decision: "REJECTED" })).status).toBe(400);
    const other = await browser.open(reject);
    expect([other.includes('value="APPROVED"'), other.includes('value="REJECTED"')]).toEqual([false, true]);
    await browser.submit(reject, { nonce: nonceOf(other), decision: "REJECTED" });
    expect(desk.decisions).toMatchObject([{ decision: "REJECTED", by: "", comment: "", ip: "" }]);
    expect(await browser.open(approve)).toContain("This was rejected at");
  });

  test("cannot approve by pressing Enter in a field: the form's first button does nothing", async () => {
    const page = await new Browser(new Desk()).open(new Desk().link());
    expect(/<button[^>]*>/u.exec(page)?.[0]).toBe('<button type="submit" disabled>');
  });

  test("in two windows decides once, and is told of that in the second", async () => {
    const desk = new Desk();
    const link = desk.link();
    const browser = new Browser(desk);
    const [first, second] = [nonceOf(await browser.open(link)), nonceOf(await browser.open(link))];
    expect((await browser.submit(link, { nonce: first, decision: "APPROVED", by: "Ada" })).status).toBe(303);
    expect((await browser.submit(link, { nonce: second, decision: "REJECTED", by: "Bob" })).status).toBe(303);
    expect(await browser.open(link)).toContain("This was approved by <bdi>Ada</bdi>");
    expect(desk.decisions).toHaveLength(1);
  });

  test("when nobody waits any more is told so", async () => {
    const desk = new Desk();
    desk.approval = { kind: "closed" };
    const response = await answerApproval(new Request(desk.link()), desk);
    expect(response.status).toBe(410);
    expect(await response.text()).toContain("No longer open");
  });

  test("after half a day, or with another window's cookie, confirms once more and keeps what was typed", async () => {
    const desk = new Desk();
    const link = desk.link();
    const browser = new Browser(desk);
    const nonce = nonceOf(await browser.open(link));
    desk.at += 12 * HOUR + 1;
    const late = await browser.submit(link, { nonce, decision: "APPROVED", by: "Ada", comment: "<fine>" });
    const page = await late.text();
    expect(late.status).toBe(403);
    for (const kept of ["Nothing was decided yet", 'value="Ada"', "&lt;fine&gt;"]) expect(page).toContain(kept);
    expect(desk.decisions).toEqual([]);
    await browser.submit(link, { nonce: nonceOf(page), decision: "APPROVED" });
    expect(desk.decisions).toHaveLength(1);
  });

  test("over http gets a cookie that http can have", async () => {
    const desk = new Desk();
    const local = desk.link().replace(ORIGIN, "http://localhost:8787");
    const cookieOf = async (link: string): Promise<string> =>
      (await answerApproval(new Request(link), desk)).headers.get("set-cookie") ?? "";
    expect(await cookieOf(local)).toMatch(
      /^stepflare-[\w-]{12}=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/u,
    );
    expect(await cookieOf(desk.link())).toMatch(/^__Host-stepflare-[\w-]{12}=[0-9a-f]{32}; Path=\/; .*; Secure$/u);
  });
});

describe("a question with a form", () => {
  const Form = {
    type: "object",
    properties: {
      amount: { type: "number", title: "Amount to pay", minimum: 1, multipleOf: 0.5, description: "In euros" },
      why: { type: "string", format: "multiline" },
      office: { enum: ["Bern", "Rome"], default: "Rome" },
      urgent: { type: "boolean" },
    },
    required: ["amount"],
  };
  const withForm = (form: unknown = Form): Desk => new Desk({ Payload: { Approval: { Title: "Pay?", Form: form } } });

  test("is approved with what was filled in, which becomes the task's output beside the decision", async () => {
    const desk = withForm();
    const link = desk.link();
    const browser = new Browser(desk);
    const page = await browser.open(link);
    for (const shown of ["Amount to pay", "In euros", "<textarea", "Bern", '<option value="1" selected>Rome'])
      expect(page).toContain(shown);
    const typed = { nonce: nonceOf(page), decision: "APPROVED", by: "Ada", "form/office": "0", "form/why": " new\r\n" };
    const faulty = await browser.submit(link, { ...typed, "form/amount": "0.75" });
    expect([faulty.status, desk.decisions.length]).toEqual([400, 0]);
    const again = await faulty.text();
    for (const kept of ['value="0.75"', 'value="Ada"', ">\n new\n</textarea>", '<option value="0" selected>Bern'])
      expect(again.replaceAll("\r\n", "\n")).toContain(kept);
    expect(again).toMatch(/aria-invalid="true"/u);
    expect(again).toMatch(/class="fault" id="f_47_amount-fault"\s*>At least 1 is needed</u);
    const right = { ...typed, nonce: nonceOf(again), "form/amount": "7.5", "form/urgent": "true" };
    expect((await browser.submit(link, right)).status).toBe(303);
    expect(desk.events).toMatchObject([{ type: "TaskSucceeded" }]);
    const output = JSON.parse((desk.events[0] as { output: { text: string } }).output.text) as unknown;
    expect(output).toEqual({
      decision: "APPROVED",
      comment: "",
      by: "Ada",
      identity: "STATED",
      at: "2026-11-21T14:30:00.000Z",
      ip: "",
      form: { amount: 7.5, why: " new\n", office: "Bern", urgent: true },
    });
  });

  test("is rejected without any of it", async () => {
    const desk = withForm();
    const link = desk.link();
    const browser = new Browser(desk);
    const page = await browser.open(link);
    expect(page).toMatch(/value="REJECTED"\s+formnovalidate/u);
    const sent = { nonce: nonceOf(page), decision: "REJECTED", "form/amount": "much" };
    expect((await browser.submit(link, sent)).status).toBe(303);
    expect(desk.events).toMatchObject([{ type: "TaskFailed" }]);
    expect(JSON.stringify(desk.events)).not.toContain("much");
    expect(await new Browser(withForm()).open(withForm().link("RejectUrl"))).not.toContain("Amount to pay");
  });

  test("has the browser ask for what is needed, but not within a group that may be left out", async () => {
    const text = { type: "string" };
    const group = { type: "object", properties: { inner: text }, required: ["inner"] };
    const pageWith = async (required: readonly string[]): Promise<string> => {
      const desk = withForm({ type: "object", properties: { outer: text, group }, required });
      return new Browser(desk).open(desk.link());
    };
    const isAsked = (page: string, name: string): boolean =>
      new RegExp(`name="form/${name}"[^>]* required`, "u").test(page);
    const free = await pageWith(["outer"]);
    expect([isAsked(free, "outer"), isAsked(free, "group/inner")]).toEqual([true, false]);
    const bound = await pageWith(["group"]);
    expect([isAsked(bound, "outer"), isAsked(bound, "group/inner")]).toEqual([false, true]);
  });

  test("that is none says so, and takes a rejection only", async () => {
    const desk = withForm({ type: "object", properties: { a: { type: "string", if: {} } } });
    const link = desk.link();
    const browser = new Browser(desk);
    const page = await browser.open(link);
    expect(page).toContain("/properties/a/if: a form has no such keyword here");
    expect(page).not.toContain('value="APPROVED"');
    const approved = await browser.submit(link, { nonce: nonceOf(page), decision: "APPROVED" });
    expect([approved.status, desk.decisions.length]).toEqual([400, 0]);
    expect(await approved.text()).toContain("The form of this question cannot be used");
    const shown = await (await browser.send(link, { headers: { accept: "application/json" } })).json();
    expect(shown).toMatchObject({ title: "Pay?", formFault: "/properties/a/if: a form has no such keyword here" });
    expect((await browser.submit(link, { nonce: nonceOf(page), decision: "REJECTED" })).status).toBe(303);
  });

  test("is answered by a program, which is told by pointer what is wrong", async () => {
    const desk = withForm();
    const link = desk.link();
    const send = (init?: RequestInit): Promise<Response> => answerApproval(new Request(link, init), desk);
    expect(await (await send({ headers: { accept: "application/json" } })).json()).toMatchObject({ form: Form });
    for (const form of [undefined, {}, { amount: "7" }, { amount: 7, tip: 1 }]) {
      const response = await send(json({ decision: "APPROVED", form }));
      expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
      const { errors } = (await response.json()) as { errors: readonly { pointer: string }[] };
      expect(errors.map(({ pointer }) => pointer)).toEqual([form !== undefined && "tip" in form ? "/tip" : "/amount"]);
    }
    expect((await send(json({ decision: "APPROVED", form: [] }))).status).toBe(400);
    expect(desk.decisions).toEqual([]);
    expect((await send(json({ decision: "APPROVED", form: { amount: 7 } }))).status).toBe(200);
    const plain = new Desk();
    const refused = await answerApproval(new Request(plain.link(), json({ decision: "APPROVED", form: {} })), plain);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: "", detail: "This question has no form" }] });
  });
});

describe("somebody whom Cloudflare Access knows", () => {
  test("decides in that name, whatever is sent", async () => {
    for (const send of ["form", "json"]) {
      const desk = new Desk();
      desk.identify = async () => "ann@example.com";
      const link = desk.link();
      const browser = new Browser(desk);
      const page = await browser.open(link);
      expect(page).toMatch(/You decide as\s+<bdi>ann@example.com<\/bdi>/u);
      expect(page).not.toContain('name="by"');
      const forged = { decision: "APPROVED", by: "Somebody Else" };
      const sent = { nonce: nonceOf(page), ...forged };
      await (send === "form" ? browser.submit(link, sent) : browser.send(link, json(forged)));
      expect(desk.decisions).toMatchObject([{ by: "ann@example.com", identity: "ACCESS" }]);
      expect(await browser.open(link)).toContain("This was approved by <bdi>ann@example.com</bdi> (signed in) at");
    }
  });

  test.each([
    ["ExpiredTokenException", 403],
    ["UnrecognizedClientException", 403],
    ["ServiceUnavailable", 503],
  ] as const)("by a word that is wrong (%s) neither sees nor decides anything", async (name, status) => {
    const desk = new Desk();
    desk.identify = () => Promise.reject(new ApiError(name, "x"));
    for (const init of [{}, json({ decision: "APPROVED" })])
      expect((await answerApproval(new Request(desk.link(), init), desk)).status).toBe(status);
    expect(desk.woken).toBe(0);
  });
});

describe("who tries too often", () => {
  const limited = (): Desk => {
    const desk = new Desk();
    desk.limits = approvalLimits(() => desk.at);
    return desk;
  };
  const send = (desk: Desk, link: string, init: RequestInit = {}, address = ""): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string>), "cf-connecting-ip": address };
    return answerApproval(new Request(link, { ...init, headers }), desk);
  };

  test("to decide by one link waits a moment, and others do not", async () => {
    const desk = limited();
    const [link, other] = [desk.link(), desk.link()];
    for (let n = 0; n < 10; n += 1) expect((await send(desk, link, json({}))).status).toBe(400);
    const refused = await send(desk, link, json({ decision: "APPROVED" }));
    expect([refused.status, refused.headers.get("retry-after"), desk.decisions.length]).toEqual([429, "1", 0]);
    expect((await send(desk, link)).status).toBe(200);
    expect((await send(desk, other, json({}))).status).toBe(400);
    desk.at += 1_000;
    expect((await send(desk, link, json({ decision: "APPROVED" }))).status).toBe(200);
  });

  test("to open one link wakes nothing any more", async () => {
    const desk = limited();
    const link = desk.link();
    for (let n = 0; n < 100; n += 1) expect((await send(desk, link)).status).toBe(200);
    const woken = desk.woken;
    const refused = await send(desk, link, { headers: { accept: "application/json" } });
    expect([refused.status, await refused.json(), desk.woken]).toEqual([
      429,
      expect.objectContaining({ title: "Too many tries" }),
      woken,
    ]);
  });

  test("from one address waits, also with links that nobody made; a network of IPv6 is one address", async () => {
    const desk = limited();
    for (let n = 0; n < 200; n += 1)
      expect((await send(desk, `${ORIGIN}/a/sfl_${n}`, {}, `2001:db8:1:2::${n}`)).status).toBe(404);
    expect((await send(desk, desk.link(), {}, "2001:db8:1:2:3:4:5:6")).status).toBe(429);
    expect((await send(desk, desk.link(), {}, "2001:db8:1:3::1")).status).toBe(200);
    expect((await send(desk, desk.link())).status).toBe(200);
  });
});

describe("a scanner of mail, a prefetch, another site", () => {
  test("decides nothing, whatever it sends", async () => {
    const desk = new Desk();
    const link = desk.link();
    const shown = new Browser(desk);
    const nonce = nonceOf(await shown.open(link));
    const scanner = new Browser(desk);
    for (let n = 0; n < 50; n += 1) expect((await scanner.send(link)).status).toBe(200);
    for (const headers of [
      { "sec-purpose": "prefetch" },
      { purpose: "prefetch" },
      { "sec-purpose": "prefetch;prerender" },
    ])
      expect((await scanner.send(link, { headers })).status).toBe(200);
    const head = await scanner.send(link, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const options = await scanner.send(link, { method: "OPTIONS", headers: { origin: "https://evil.example" } });
    expect([options.status, await options.text(), options.headers.get("allow")]).toEqual([
      204,
      "",
      "GET, HEAD, POST, OPTIONS",
    ]);
    for (const header of options.headers.keys()) expect(header).not.toMatch(/^access-control/u);
    for (const method of ["PUT", "DELETE", "PATCH"]) expect((await scanner.send(link, { method })).status).toBe(405);

    const body = (fields: Readonly<Record<string, string>>): URLSearchParams => new URLSearchParams(fields);
    const without = new Browser(desk);
    const posts: readonly (readonly [string, Browser, RequestInit])[] = [
      ["an empty form", without, { body: body({}) }],
      ["without nonce and cookie", without, { body: body({ decision: "APPROVED" }) }],
      ["with somebody's nonce, without the cookie", without, { body: body({ decision: "APPROVED", nonce }) }],
      ["with a made-up nonce", shown, { body: body({ decision: "APPROVED", nonce: "x".repeat(80) }) }],
      [
        "from another site",
        shown,
        { body: body({ decision: "APPROVED", nonce }), headers: { "sec-fetch-site": "cross-site" } },
      ],
      [
        "from a sibling",
        shown,
        { body: body({ decision: "APPROVED", nonce }), headers: { "sec-fetch-site": "same-site" } },
      ],
      [
        "of another origin",
        shown,
        { body: body({ decision: "APPROVED", nonce }), headers: { origin: "https://evil.example" } },
      ],
      [
        "of no origin, from a frame",
        shown,
        { body: body({ decision: "APPROVED", nonce }), headers: { origin: "null" } },
      ],
      ["as text", shown, { body: `decision=APPROVED&nonce=${nonce}`, headers: { "content-type": "text/plain" } }],
      [
        "as JSON from another site",
        shown,
        {
          ...json({ decision: "APPROVED" }),
          headers: { "content-type": "application/json", origin: "https://evil.example" },
        },
      ],
      [
        "as JSON in another type",
        shown,
        { body: '{"decision":"APPROVED"}', headers: { "content-type": "text/plain" } },
      ],
      [
        "as a file",
        shown,
        {
          body: (() => {
            const form = new FormData();
            form.set("decision", "APPROVED");
            form.set("nonce", nonce);
            return form;
          })(),
        },
      ],
    ];
    for (const [what, browser, init] of posts) {
      const { status } = await browser.send(link, { method: "POST", ...init });
      expect([400, 403, 415], what).toContain(status);
      expect(desk.decisions, what).toEqual([]);
    }
    expect((await shown.submit(link, { decision: "APPROVED", nonce })).status).toBe(303);
    expect((await shown.submit(link, { decision: "APPROVED", nonce })).status).toBe(303);
    expect(desk.decisions).toHaveLength(1);
  });

  test("that posts a nonce of one link to another decides nothing there", async () => {
    const desk = new Desk();
    const browser = new Browser(desk);
    const nonce = nonceOf(await browser.open(desk.link()));
    const other = desk.link();
    await browser.open(other);
    expect((await browser.submit(other, { nonce, decision: "APPROVED" })).status).toBe(403);
    expect(desk.decisions).toEqual([]);
  });
});

describe("a program", () => {
  test("asks and decides in JSON, once", async () => {
    const desk = new Desk({ Input: { Approval: { Title: "Pay?", Message: "12 €" } } }, { closesAt: NOW + HOUR });
    const link = desk.link();
    const send = (init?: RequestInit): Promise<Response> => answerApproval(new Request(link, init), desk);
    const asked = await send({ headers: { accept: "application/json" } });
    expect([asked.status, asked.headers.get("set-cookie"), await asked.json()]).toEqual([
      200,
      null,
      {
        status: "OPEN",
        title: "Pay?",
        message: "12 €",
        decisions: ["APPROVED", "REJECTED"],
        stateMachine: "orders",
        execution: "run-1",
        state: "Ask",
        askedAt: "2026-11-21T13:30:00.000Z",
        expiresAt: "2026-11-21T15:30:00.000Z",
      },
    ]);
    const decided = { status: "REJECTED", by: "bot", identity: "STATED", at: "2026-11-21T14:30:00.000Z" };
    const first = await send(json({ decision: "REJECTED", by: "bot", comment: "no" }));
    expect([first.status, await first.json()]).toEqual([200, decided]);
    expect(await (await send(json({ decision: "APPROVED" }))).json()).toEqual(decided);
    expect(desk.decisions).toEqual([{ decision: "REJECTED", by: "bot", identity: "STATED", comment: "no", ip: "" }]);
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no decision", "{}"],
    ["another decision", '{"decision":"MAYBE"}'],
    ["a comment that is no text", '{"decision":"APPROVED","comment":1}'],
    ["a long comment", JSON.stringify({ decision: "APPROVED", comment: "x".repeat(2_001) })],
    ["a long name", JSON.stringify({ decision: "APPROVED", by: "x".repeat(201) })],
    ["something else", '{"decision":"APPROVED","output":1}'],
    ["deep nesting", `{"decision":${"[".repeat(100)}`],
    ["a large body", JSON.stringify({ decision: "APPROVED", comment: "x".repeat(70_000) })],
  ])("that sends %s is told what is wrong", async (_, body) => {
    const desk = new Desk();
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const response = await answerApproval(new Request(desk.link(), init), desk);
    expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
    expect(await response.json()).toMatchObject({ status: 400, title: "Not understood" });
    expect([desk.woken, desk.decisions.length]).toEqual([0, 0]);
  });
});

describe("whatever is answered", () => {
  test("is kept nowhere, framed nowhere, and runs no script", async () => {
    const desk = new Desk();
    const link = desk.link();
    const browser = new Browser(desk);
    const style = /<style>(?<style>.*?)<\/style>/su.exec(await browser.open(link))?.groups?.["style"] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    const answered = [
      await browser.send(link),
      await browser.send(link, { method: "HEAD" }),
      await browser.send(link, { method: "OPTIONS" }),
      await browser.send(link, { method: "PUT" }),
      await browser.send(link, json({})),
      await browser.send(link, { method: "POST", body: "x" }),
      await browser.send(`${ORIGIN}/a/none`),
      await browser.send(link, json({ decision: "APPROVED" })),
      await browser.send(link),
    ];
    expect(answered.map(({ status }) => status)).toEqual([200, 200, 204, 405, 400, 415, 404, 200, 200]);
    for (const { headers } of answered) {
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-content-type-options": "nosniff",
      });
      const policy = headers.get("content-security-policy") ?? "";
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        expect(policy).toContain(rule);
      expect(policy).toContain(`style-src 'sha256-${hash}'`);
      expect(policy).not.toMatch(/script-src|unsafe|https?:|\*/u);
    }
  });

  test("is a page or JSON where the execution is out of reach, or we are wrong", async () => {
    const desk = new Desk();
    const failing = (error: Error): ApprovalHost => ({
      accountId: desk.accountId,
      sealer: SEALER,
      publicUrl: ORIGIN,
      limits: () => undefined,
      identify: async () => undefined,
      now: () => NOW,
      execution: () => ({ approval: () => Promise.reject(error), decide: () => Promise.reject(error) }),
    });
    const outage = Object.assign(new Error("reset"), { retryable: true });
    expect((await answerApproval(new Request(desk.link()), failing(outage))).status).toBe(503);
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = await answerApproval(
      new Request(desk.link(), json({ decision: "APPROVED" })),
      failing(new Error("x")),
    );
    expect([broken.status, log.mock.calls.length]).toEqual([500, 1]);
    expect(await broken.json()).toMatchObject({ title: "Something is wrong" });
    log.mockRestore();
  });
});

describe("hostile text in every place that is shown", () => {
  const CORPUS = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</style><style>*{display:none}</style>",
    "<base href=https://evil.example>",
    "<form action=https://evil.example><button>Approve</button></form>",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`${alert(1)}`",
    "\u202egnp.exe",
    "\u0000<b>",
    "<!--<script>",
    "]]><script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "$&$1$`",
  ];
  const tagsOf = (page: string): readonly string[] =>
    page.replaceAll(/<style>.*?<\/style>/gsu, "").match(/<[!/]?\w[^>]*>/gu) ?? [];
  const shape = (page: string): readonly string[] => tagsOf(page).map((tag) => tag.replaceAll(/"[^"]*"/gu, '""'));

  const pageOf = async (text: string): Promise<string> => {
    const field = { title: text, description: text, default: text };
    const Form = {
      type: "object",
      properties: {
        one: { type: "string", ...field },
        many: { type: "string", format: "multiline", maxLength: 1, ...field },
        which: { enum: [text, "b"], ...field },
        some: { type: "array", items: { enum: [text] }, title: text, description: text },
        group: { type: "object", title: text, properties: { flag: { type: "boolean", title: text } } },
      },
    };
    const Approval = { Title: text, Message: text, Data: { [`${text} `]: text, list: [text] }, Form };
    const desk = new Desk(
      { Payload: { Approval } },
      { stateMachineName: text, executionName: text, stateName: text, comment: text },
    );
    const link = desk.link();
    const browser = new Browser(desk);
    const first = await browser.open(link);
    const typed = { nonce: nonceOf(first), decision: "APPROVED", "form/one": text, "form/many": `${text}\n${text}` };
    const faulty = await (await browser.submit(link, typed)).text();
    expect(faulty).toContain("At most 1 characters are possible");
    // The form once more, with what was typed.
    const again = await (
      await browser.submit(link, { nonce: "x", decision: "APPROVED", by: text, comment: text })
    ).text();
    await browser.submit(link, { nonce: nonceOf(again), decision: "APPROVED", by: text });
    return first + faulty + again + (await browser.open(link));
  };

  test.each(CORPUS)("%s is text", async (text) => {
    const page = await pageOf(text);
    expect(shape(page)).toEqual(shape(await pageOf("harmless")));
    expect(page).not.toMatch(/<script|<svg|<img|<base|<math/iu);
  });
});
