/** Tasks that send e-mail: the mail that is sent, and what is said where none can be. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { addressOf } from "../../src/runtime/email/address.ts";
import { mailSender } from "../../src/runtime/email/email.ts";
import { readEmail } from "../../src/runtime/email/settings.ts";
import { callSes, callSesV2 } from "../../src/runtime/integrations/ses/ses.ts";
import type { TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import { callOf } from "./words.ts";

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u;

interface Performed {
  readonly answer: TaskAnswer | undefined;
  readonly sent: readonly unknown[];
}

/** Performs a task; the binding answers, or throws, as said. */
async function perform(
  resource: string,
  parameters: Json,
  answer: () => { readonly messageId: string } = () => ({ messageId: "<1@example.com>" }),
  binding: string | undefined = "MAIL",
): Promise<Performed> {
  const sent: unknown[] = [];
  const send = mailSender({
    binding,
    findBinding: (name) =>
      name === "MAIL"
        ? {
            send: async (mail: unknown) => {
              sent.push(mail);
              return answer();
            },
          }
        : undefined,
    wrap: async (from, to, raw) => ({ from, to, raw }),
  });
  const call = resource.startsWith("aws-sdk:sesv2") ? callSesV2 : callSes;
  return { answer: await call({ send }, callOf(resource, parameters)), sent };
}

function failureOf({ answer }: Performed): { error?: string | undefined; cause?: string | undefined } {
  if (answer?.kind !== "failed") throw new Error(JSON.stringify(answer));
  return answer.failure;
}

const V1: JsonObject = {
  Source: "Shop <shop@example.com>",
  Destination: {
    ToAddresses: ["ann@example.com"],
    CcAddresses: ["Bo <bo@example.com>"],
    BccAddresses: ["cy@example.com"],
  },
  Message: {
    Subject: { Data: "Your order", Charset: "UTF-8" },
    Body: { Text: { Data: "Thanks" }, Html: { Data: "<p>Thanks</p>" } },
  },
  ReplyToAddresses: ["help@example.com"],
};
const V2: JsonObject = {
  FromEmailAddress: "shop@example.com",
  Destination: { ToAddresses: ["ann@example.com"] },
  Content: { Simple: { Subject: { Data: "Your order" }, Body: { Text: { Data: "Thanks" } } } },
};
const [ann, bo, cy] = ["", "Bo", ""].map((name, i) => ({ name, email: `${["ann", "bo", "cy"][i]}@example.com` }));

test("version 1 of SES", async () => {
  const { answer, sent } = await perform("aws-sdk:ses:sendEmail", V1);
  expect(answer).toMatchObject({ kind: "succeeded", output: { value: { MessageId: "<1@example.com>" } } });
  expect(sent).toEqual([
    {
      from: { name: "Shop", email: "shop@example.com" },
      to: [ann],
      cc: [bo],
      bcc: [cy],
      replyTo: { name: "", email: "help@example.com" },
      subject: "Your order",
      text: "Thanks",
      html: "<p>Thanks</p>",
      headers: { "X-Stepflare-Message-Id": expect.stringMatching(UUID) },
    },
  ]);
});

test("version 2 of SES, with headers", async () => {
  const Headers = [{ Name: "List-Id", Value: "orders" }];
  const Content = { Simple: { ...((V2["Content"] as JsonObject)["Simple"] as JsonObject), Headers } };
  const { answer, sent } = await perform("aws-sdk:sesv2:sendEmail", { ...V2, Content });
  expect(answer).toMatchObject({ kind: "succeeded", output: { value: { MessageId: "<1@example.com>" } } });
  expect(sent).toEqual([
    {
      from: { name: "", email: "shop@example.com" },
      to: [ann],
      subject: "Your order",
      text: "Thanks",
      headers: { "List-Id": "orders", "X-Stepflare-Message-Id": expect.stringMatching(UUID) },
    },
  ]);
});

test("a repeat after a crash has the same header, by which a receiver knows it", async () => {
  const once = await perform("aws-sdk:ses:sendEmail", V1);
  const twice = await perform("aws-sdk:ses:sendEmail", V1);
  expect(once.sent).toEqual(twice.sent);
});

test("a raw mail is sent to each by itself, as it is", async () => {
  const raw = "From: shop@example.com\r\nTo: ann@example.com\r\nSubject: Hi\r\n\r\nThanks\r\n";
  const Destination = { ToAddresses: ["ann@example.com"], BccAddresses: ["Cy <cy@example.com>"] };
  const { answer, sent } = await perform("aws-sdk:sesv2:sendEmail", {
    ...V2,
    Destination,
    Content: { Raw: { Data: raw } },
  });
  expect(answer?.kind).toBe("succeeded");
  expect(sent).toEqual([
    { from: "shop@example.com", to: "ann@example.com", raw },
    { from: "shop@example.com", to: "cy@example.com", raw },
  ]);
});

test("a mail to others than its addressees", async () => {
  const only = async (list: string): Promise<unknown> =>
    (await perform("aws-sdk:sesv2:sendEmail", { ...V2, Destination: { [list]: ["cy@example.com"] } })).sent[0];
  expect(await only("BccAddresses")).toMatchObject({ bcc: [cy] });
  expect(await only("BccAddresses")).not.toHaveProperty("to");
  expect(await only("CcAddresses")).toMatchObject({ cc: [cy] });
});

describe("what SES does not take", () => {
  test.each<[string, JsonObject, string]>([
    ["no sender", { Source: null }, "Missing final '@domain'"],
    ["a sender that is no address", { Source: "shop@" }, "Illegal address"],
    ["nobody to send it to", { Destination: {} }, "Destination cannot be empty"],
    ["an addressee that is none", { Destination: { ToAddresses: ["ann"] } }, "Missing final '@domain'"],
    [
      "an addressee with a line end",
      { Destination: { ToAddresses: ["ann@example.com\r\nBcc: x@example.com"] } },
      "Illegal address",
    ],
    ["an addressee that is no text", { Destination: { ToAddresses: [7] } }, "Missing final '@domain'"],
    [
      "too many addressees",
      { Destination: { ToAddresses: Array.from({ length: 51 }, (_, i) => `a${i}@example.com`) } },
      "Recipient count exceeds 50.",
    ],
    ["no subject", { Message: { Body: { Text: { Data: "x" } } } }, "Missing required header 'Subject'."],
    [
      "a subject of two lines",
      { Message: { Subject: { Data: "a\nBcc: x@example.com" }, Body: { Text: { Data: "x" } } } },
      "Header 'Subject' must not have line ends.",
    ],
    ["no body", { Message: { Subject: { Data: "a" } } }, "The message must have a body of text or HTML."],
  ])("%s", async (_, more, message) => {
    const performed = await perform("aws-sdk:ses:sendEmail", { ...V1, ...more });
    const { error, cause } = failureOf(performed);
    expect([error, cause?.slice(0, message.length)]).toEqual(["Ses.SesException", message]);
    expect(cause).toMatch(/ \(Service: Ses, Status Code: 400, Request ID: [\da-f-]{36}\) \(SDK Attempt Count: 1\)$/u);
    expect(performed.sent).toEqual([]);
  });

  test("version 2 has a class for it", async () => {
    expect(failureOf(await perform("aws-sdk:sesv2:sendEmail", { ...V2, FromEmailAddress: "x" })).error).toBe(
      "SesV2.BadRequestException",
    );
    const Headers = [{ Name: "X y", Value: "z" }];
    const Content = { Simple: { Subject: { Data: "a" }, Body: { Text: { Data: "x" } }, Headers } };
    expect(failureOf(await perform("aws-sdk:sesv2:sendEmail", { ...V2, Content })).cause).toContain("Invalid header");
    expect(failureOf(await perform("aws-sdk:sesv2:sendEmail", { ...V2, Content: { Raw: {} } })).cause).toContain(
      "The raw message is empty.",
    );
  });

  test.each<[string, JsonObject]>([
    ["aws-sdk:ses:sendEmail", { ...V1, Attachments: [] }],
    ["aws-sdk:ses:sendEmail", { ...V1, Source: 7 }],
    ["aws-sdk:ses:sendEmail", { ...V1, ReplyToAddresses: ["a@example.com", "b@example.com"] }],
    ["aws-sdk:ses:sendEmail", { ...V1, Destination: { To: ["a@example.com"] } }],
    ["aws-sdk:sesv2:sendEmail", { ...V2, Content: { Template: {} } }],
    ["aws-sdk:sesv2:sendEmail", { ...V2, Content: { Raw: { Data: 7 } } }],
  ])("%s with what Stepflare has no part for: %j", async (resource, parameters) => {
    expect(failureOf(await perform(resource, parameters)).error).toBe("States.Runtime");
  });

  test("what SES counts by is taken, and means nothing", async () => {
    const { answer } = await perform("aws-sdk:ses:sendEmail", { ...V1, ConfigurationSetName: "c", Tags: [] });
    expect(answer?.kind).toBe("succeeded");
  });

  test("an action that there is not", async () => {
    expect((await perform("aws-sdk:ses:verifyEmailIdentity", {})).answer).toBeUndefined();
  });
});

describe("what the platform does not send", () => {
  const thrown = (message: string, code?: string) => (): never => {
    throw Object.assign(new Error(message), code === undefined ? {} : { code });
  };
  test.each([
    ["aws-sdk:ses:sendEmail", "E_SENDER_NOT_VERIFIED", "Ses.MailFromDomainNotVerifiedException"],
    ["aws-sdk:ses:sendEmail", "E_RATE_LIMIT_EXCEEDED", "Ses.SesException"],
    ["aws-sdk:ses:sendEmail", "E_RECIPIENT_NOT_ALLOWED", "Ses.MessageRejectedException"],
    ["aws-sdk:ses:sendEmail", undefined, "Ses.MessageRejectedException"],
    ["aws-sdk:sesv2:sendEmail", "E_RATE_LIMIT_EXCEEDED", "SesV2.TooManyRequestsException"],
    ["aws-sdk:sesv2:sendEmail", "E_DAILY_LIMIT_EXCEEDED", "SesV2.LimitExceededException"],
  ])("%s: %s is %s", async (resource, code, error) => {
    const parameters = resource.includes("v2") ? V2 : V1;
    const failure = failureOf(await perform(resource, parameters, thrown("not today", code)));
    expect([failure.error, failure.cause?.slice(0, 10)]).toEqual([error, "not today "]);
  });

  test("an outage is thrown, so that the call is made again", async () => {
    await expect(perform("aws-sdk:ses:sendEmail", V1, thrown("Network connection lost."))).rejects.toThrow("lost");
    await expect(perform("aws-sdk:ses:sendEmail", V1, thrown("x", "E_INTERNAL_SERVER_ERROR"))).rejects.toThrow("x");
  });

  test("where e-mail is not configured, that is said", async () => {
    const noBinding = await perform("aws-sdk:ses:sendEmail", V1, undefined, "NONE");
    expect(failureOf(noBinding)).toEqual({
      error: "States.Runtime",
      cause: "EMAIL names the send_email binding 'NONE', which wrangler.toml does not name",
    });
    const send = mailSender({
      binding: undefined,
      findBinding: () => undefined,
      wrap: async () => {
        throw new Error("nothing to wrap");
      },
    });
    expect(await callSes({ send }, callOf("aws-sdk:ses:sendEmail", V1))).toMatchObject({
      kind: "failed",
      failure: { error: "States.Runtime", cause: expect.stringContaining('set EMAIL = "MAIL"') },
    });
  });
});

test.each<[string, ReturnType<typeof addressOf>]>([
  ["ann@example.com", { name: "", email: "ann@example.com" }],
  ["Ann Lee <ann.lee+x@mail.example.com>", { name: "Ann Lee", email: "ann.lee+x@mail.example.com" }],
  ['"Lee, Ann" <ann@example.com>', { name: "Lee, Ann", email: "ann@example.com" }],
  ["ann", undefined],
  ["ann@localhost", undefined],
  ["ann@example.com, bo@example.com", undefined],
  ["Ann\r\nBcc: x <ann@example.com>", undefined],
  ["<ann@example.com> x", undefined],
  ["", undefined],
])("the address %s", (text, address) => {
  expect(addressOf(text)).toEqual(address);
});

test("the settings", () => {
  expect(readEmail({})).toBeUndefined();
  expect(readEmail({ EMAIL: "MAIL" })).toEqual({ binding: "MAIL", from: undefined });
  expect(readEmail({ EMAIL: "MAIL", EMAIL_FROM: "a@example.com" })).toEqual({ binding: "MAIL", from: "a@example.com" });
  expect(() => readEmail({ EMAIL: "my mail" })).toThrow(/^EMAIL must be/u);
  expect(() => readEmail({ EMAIL_FROM: "me" })).toThrow(/^EMAIL_FROM must be/u);
});
