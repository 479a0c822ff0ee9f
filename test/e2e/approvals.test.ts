/** Approval links of a real server, in a real browser where there is one: chromium, or what CHROMIUM_PATH names. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

const CHROMIUM = [process.env["CHROMIUM_PATH"] ?? "", "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== "" && existsSync(path),
);
const example = (file: string): string =>
  readFileSync(new URL(`../../examples/approval/${file}`, import.meta.url), "utf8");

let server: TestServer;
let stateMachineArn: string | undefined;
let formMachineArn: string | undefined;
let browser: Browser | undefined;

beforeAll(async () => {
  server = await startTestServer();
  const definition = example("definition.asl.json");
  const created = await server.client.send(
    new CreateStateMachineCommand({ name: "approval", definition, roleArn: ROLE }),
  );
  ({ stateMachineArn } = created);
  const form = new CreateStateMachineCommand({ name: "form", definition: JSON.stringify(WITH_FORM), roleArn: ROLE });
  formMachineArn = (await server.client.send(form)).stateMachineArn;
  if (CHROMIUM !== undefined)
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
});

afterAll(async () => {
  await browser?.close();
  await server.stop();
});

/** A machine that asks for what has to be filled in. */
const WITH_FORM = {
  QueryLanguage: "JSONata",
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      TimeoutSeconds: 600,
      Arguments: {
        FunctionName: "SendApprovalMail",
        Payload: {
          to: "dana@example.com",
          link: "{% $states.context.Task.CallbackUrl %}",
          Approval: {
            Title: "Which hotel for the fair?",
            Message: "Three nights from 12 May.\nThe fair pays up to 200 a night.",
            Data: "{% $states.input.trip %}",
            Form: {
              type: "object",
              properties: {
                hotel: { title: "Hotel", enum: ["Bellevue", "Krone", "Zum Storchen"] },
                price: {
                  type: "number",
                  title: "Price a night",
                  description: "In francs",
                  multipleOf: 0.5,
                  maximum: 200,
                },
                from: { type: "string", format: "date", title: "Arrival" },
                mail: { type: "string", format: "email", title: "Send the booking to" },
                extras: { type: "array", title: "Extras", items: { enum: ["Breakfast", "Parking"] } },
                note: { type: "string", format: "multiline", title: "Anything else", maxLength: 200 },
                guest: {
                  type: "object",
                  title: "Guest",
                  properties: {
                    name: { type: "string", title: "Name", pattern: "^\\S+ \\S+" },
                    vegetarian: { type: "boolean", title: "Vegetarian" },
                  },
                  required: ["name"],
                },
              },
              required: ["hotel", "price"],
            },
          },
        },
      },
      Output: "{% $states.result.form %}",
      End: true,
    },
  },
};

const FORM_INPUT = JSON.stringify({ trip: { employee: "Dana Frei", city: "Zürich", nights: 3 } });

/** An execution of the example that waits, and the link that its function was given. */
async function asked(
  input: string = example("input.json"),
  machine: string | undefined = stateMachineArn,
): Promise<readonly [executionArn: string, link: string]> {
  const start = new StartExecutionCommand({ stateMachineArn: machine, input });
  const { executionArn = "" } = await server.client.send(start);
  const read = async (): Promise<string> => {
    const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn }));
    const scheduled = events.find((event) => event.type === "TaskScheduled")?.taskScheduledEventDetails;
    const { Payload } = JSON.parse(scheduled?.parameters ?? '{"Payload":{"link":""}}') as { Payload: { link: string } };
    return Payload.link;
  };
  return [executionArn, await until(20, read, (link) => link !== "")];
}

async function outputOf(executionArn: string): Promise<unknown> {
  const described = await until(
    20,
    () => server.client.send(new DescribeExecutionCommand({ executionArn })),
    ({ status }) => status !== "RUNNING",
  );
  return JSON.parse(described.output ?? "null");
}

const json = (body: object): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

describe("a link of the example", () => {
  test("leads to the server, and is answered by a program once", async () => {
    const [executionArn, link] = await asked();
    expect(link.startsWith(`${server.endpoint}/a/sfl_`)).toBe(true);
    expect((await fetch(link)).status).toBe(200);
    const answers = [json({ decision: "REJECTED", by: "Dana", comment: "no" }), json({ decision: "APPROVED" })];
    for (const init of answers)
      expect(await (await fetch(link, init)).json()).toMatchObject({ status: "REJECTED", by: "Dana" });
    expect(await outputOf(executionArn)).toMatchObject({
      shipped: null,
      rejection: { decision: "REJECTED", by: "Dana", comment: "no" },
    });
  });

  test("is in the inbox until it is answered there", async () => {
    const [executionArn] = await asked();
    const inbox = `${server.endpoint}/api/approvals`;
    const found = async (): Promise<readonly { id: string; title: string }[]> => {
      const { approvals } = (await (await fetch(inbox)).json()) as {
        approvals: { id: string; title: string; executionArn: string }[];
      };
      return approvals.filter((approval) => approval.executionArn === executionArn);
    };
    const [approval] = await until(20, found, ({ length }) => length === 1);
    expect(approval?.title).toBe("May order A-1001 be shipped?");
    const shown = (await (await fetch(`${inbox}/${approval?.id}`)).json()) as { links: { approve: string } };
    expect((await fetch(shown.links.approve)).status).toBe(200);
    const decided = await fetch(`${inbox}/${approval?.id}`, json({ decision: "APPROVED", comment: "fine" }));
    expect(await decided.json()).toMatchObject({ status: "APPROVED", by: "anyone", identity: "STATED" });
    expect(await outputOf(executionArn)).toEqual({ shipped: "A-1001", approvedBy: "anyone" });
    await until(20, found, ({ length }) => length === 0);
  });

  test("survives a crash of the server", async () => {
    const [executionArn, link] = await asked();
    await server.crash(() => undefined);
    expect((await fetch(link, json({ decision: "APPROVED", by: "Dana" }))).status).toBe(200);
    expect(await outputOf(executionArn)).toEqual({ shipped: "A-1001", approvedBy: "Dana" });
  });
});

describe.skipIf(CHROMIUM === undefined)("in chromium", () => {
  const faults: string[] = [];
  beforeEach(() => void faults.splice(0));

  async function open(link: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser?.newContext(options);
    const page = await context?.newPage();
    if (page === undefined) throw new Error("no browser");
    page.on("dialog", (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => faults.push(`console: ${message.text()}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(server.endpoint)) faults.push(`request: ${request.url()}`);
    });
    await page.goto(link);
    return page;
  }

  test.each([
    ["light", undefined],
    ["dark", { width: 390, height: 844 }],
  ] as const)("somebody approves, in %s colors", async (colorScheme, viewport) => {
    const [executionArn, link] = await asked();
    const page = await open(link, { colorScheme, ...(viewport && { viewport }) });
    expect(await page.locator("h1").textContent()).toBe("May order A-1001 be shipped?");
    await page.getByLabel("Your name").fill("Dana");
    await page.getByLabel("Your name").press("Enter");
    await page.getByLabel("Comment").fill("Go <b>ahead</b>");
    expect(page.url()).toBe(link);
    const folder = process.env["SCREENSHOTS"];
    if (folder !== undefined) await page.screenshot({ path: `${folder}/approval-${colorScheme}.png`, fullPage: true });
    await page.getByRole("button", { name: "Approve" }).click();
    await page.waitForLoadState();
    expect(await page.locator("h1").textContent()).toBe("Approved");
    expect(await page.locator("article").textContent()).toContain("This was approved by Dana at");
    if (folder !== undefined) await page.screenshot({ path: `${folder}/approved-${colorScheme}.png`, fullPage: true });
    await page.reload();
    expect(await page.locator("h1").textContent()).toBe("Approved");
    expect(await outputOf(executionArn)).toEqual({ shipped: "A-1001", approvedBy: "Dana" });
    expect(faults).toEqual([]);
  });

  test.each([
    ["light", undefined],
    ["dark", { width: 390, height: 844 }],
  ] as const)("a form is filled in, wrong and then right, in %s colors", async (colorScheme, viewport) => {
    const [executionArn, link] = await asked(FORM_INPUT, formMachineArn);
    const page = await open(link, { colorScheme, ...(viewport && { viewport }) });
    const look = async (name: string): Promise<void> => {
      const folder = process.env["SCREENSHOTS"];
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/approvals-${name}-${colorScheme}.png`, fullPage: true });
    };
    await look("form");
    // The browser itself holds back what is missing or out of bounds.
    await page.getByRole("button", { name: "Approve" }).click();
    expect(page.url()).toBe(link);
    await page.getByLabel("Hotel").selectOption("Krone");
    await page.getByLabel("Price a night").fill("180.25");
    await page.getByLabel("Arrival").fill("2027-05-12");
    await page.getByLabel("Send the booking to").fill("dana@example");
    await page.getByLabel("Parking").check();
    await page.getByLabel("Anything else").fill("A quiet room,\n<b>please</b>");
    await page.getByLabel("Name", { exact: true }).fill("Dana");
    await page.getByLabel("Your name").fill("Dana Frei");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nothing was decided yet").waitFor();
    expect(await page.locator(".fault").allTextContents()).toEqual([
      "A multiple of 0.5 is needed",
      "This does not have the form that is asked for",
    ]);
    await look("faults");
    expect(await page.getByLabel("Hotel").inputValue()).toBe("1");
    expect(await page.getByLabel("Parking").isChecked()).toBe(true);
    expect(await page.getByLabel("Anything else").inputValue()).toBe("A quiet room,\n<b>please</b>");
    expect(await page.getByLabel("Price a night").getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("Price a night").fill("180.5");
    await page.getByLabel("Name", { exact: true }).fill("Dana Frei");
    await page.getByLabel("Vegetarian").check();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("This was approved by Dana Frei at").waitFor();
    await look("approved");
    expect(await outputOf(executionArn)).toEqual({
      hotel: "Krone",
      price: 180.5,
      from: "2027-05-12",
      mail: "dana@example",
      extras: ["Parking"],
      note: "A quiet room,\n<b>please</b>",
      guest: { name: "Dana Frei", vegetarian: true },
    });
    // The browser writes down that the first answer was refused, and nothing else.
    expect(faults).toEqual([expect.stringContaining("the server responded with a status of 400")]);
  });

  test("a form need not be filled in to reject, and what came too late is told so", async () => {
    const [executionArn, link] = await asked(FORM_INPUT, formMachineArn);
    const page = await open(link, { viewport: { width: 390, height: 844 } });
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("This was rejected at").waitFor();
    await until(
      20,
      () => server.client.send(new DescribeExecutionCommand({ executionArn })),
      ({ status, error }) => status === "FAILED" && error === "Approval.Rejected",
    );
    const [stopped, late] = await asked(FORM_INPUT, formMachineArn);
    await server.client.send(new StopExecutionCommand({ executionArn: stopped }));
    const other = await open(late, { colorScheme: "dark" });
    expect(await other.locator("h1").textContent()).toBe("No longer open");
    const folder = process.env["SCREENSHOTS"];
    if (folder !== undefined) await other.screenshot({ path: `${folder}/approvals-late.png`, fullPage: true });
  });

  test("two windows: the second is told what was decided in the first", async () => {
    const [executionArn, link] = await asked();
    const [first, second] = [await open(link), await open(link)];
    await first.getByLabel("Your name").fill("Dana");
    await first.getByRole("button", { name: "Reject" }).click();
    await second.getByRole("button", { name: "Approve" }).click();
    await second.waitForLoadState();
    expect(await second.locator("article").textContent()).toContain("This was rejected by Dana at");
    expect(await outputOf(executionArn)).toMatchObject({ shipped: null, rejection: { by: "Dana" } });
  });

  test("a page of another site cannot decide, nor show the page in a frame", async () => {
    const [executionArn, link] = await asked();
    const page = await open(link);
    const nonce = await page.locator("input[name=nonce]").inputValue();
    // Another port is another origin of the same site: the browser sends the page's cookie along.
    const evil = createServer((request, response) => {
      const form = `<form method="post" action="${link}"><input name="nonce" value="${nonce}"><input name="decision" value="APPROVED"></form>`;
      const frame = `<iframe src="${link}"></iframe>`;
      response.writeHead(200, { "content-type": "text/html" }).end(request.url === "/form" ? form : frame);
    }).listen(0, "localhost");
    onTestFinished(() => void evil.close());
    await once(evil, "listening");
    const origin = `http://localhost:${(evil.address() as AddressInfo).port}`;
    await page.goto(`${origin}/form`);
    await page.locator("form").evaluate((form) => (form as unknown as { submit(): void }).submit());
    await page.waitForURL(link);
    expect(await page.locator("h1").textContent()).toBe("Not from here");
    await page.goto(`${origin}/frame`);
    await page.waitForTimeout(300);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    expect(await frame?.locator("form").count()).toBe(0);
    const { status } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe("RUNNING");
  });

  test("the console's page runs under its policy", async () => {
    const page = await open(`${server.endpoint}/`);
    await page.locator("#machines tr", { hasText: "approval" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("hostile text in the question is shown, and runs nothing", async () => {
    const hostile = [
      "<script>alert(1)</script>",
      "<img src=x onerror=alert(1)>",
      '"><svg onload=alert(1)>',
      "</textarea><script>alert(1)</script>",
      "</style><script>alert(1)</script>",
      "<iframe srcdoc='<script>alert(1)</script>'>",
      "<base href=https://evil.example>",
      "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    ].join(" ");
    const order = { id: hostile, [hostile]: hostile, list: [hostile] };
    const [, link] = await asked(JSON.stringify({ approver: hostile, order }));
    const page = await open(link);
    expect(await page.locator("h1").textContent()).toContain(hostile);
    expect(await page.locator("script, svg, img, base, iframe").count()).toBe(0);
    await page.getByLabel("Your name").fill('"><svg onload=alert(1)>');
    await page.getByRole("button", { name: "Approve" }).click();
    await page.waitForLoadState();
    expect(await page.locator("article").textContent()).toContain('"><svg onload=alert(1)>');
    expect(faults).toEqual([]);
  });
});
