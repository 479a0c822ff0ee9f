/** Definitions that hold what looks like a secret are warned of, and the warning does not repeat it. */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "../../src/asl/validate.ts";
import { states } from "./definitions.ts";

/** The warnings of a definition with that in a Task's Parameters. */
function warned(Parameters: unknown): readonly { readonly location?: string; readonly message: string }[] {
  const Resource = "arn:aws:states:::lambda:invoke";
  const task = { Type: "Task", Resource, Parameters, TimeoutSeconds: 1, End: true };
  const { diagnostics } = validateDefinition(JSON.stringify(states({ A: task })));
  return diagnostics.filter(({ code }) => code === "POSSIBLE_SECRET");
}

/** Put together here, so that no scanner takes this file for a leak. */
const part = (text: string, times: number): string => text.repeat(times);

test.each([
  ["AKIA" + part("ABCD", 4), "an AWS access key"],
  ["ghp_" + part("a1B2", 9), "a GitHub token"],
  ["glpat-" + part("a1B2", 5), "a GitLab token"],
  ["xoxb-" + part("1234", 5), "a Slack token"],
  ["sk_live_" + part("a1B2", 6), "a Stripe key"],
  ["sk-" + part("a1B2", 10), "an API key"],
  ["AIza" + part("a1B2c", 7), "a Google API key"],
  ["SG." + part("a1B2", 5) + "." + part("c3D4", 5), "a SendGrid key"],
  ["whsec_" + part("a1B2", 8), "a webhook's secret"],
  ["eyJ" + part("a1B2", 5) + ".eyJ" + part("c3D4", 5) + "." + part("e5F6", 5), "a JSON Web Token"],
  [part("-----BEGIN RSA ", 1) + "PRIVATE KEY-----\nabc", "a private key"],
  ["Bearer " + part("a1B2", 5), "credentials"],
  [part("postgres://me:", 1) + "hidden@db.example.com/x", "a URL with a password"],
  ["q8Zk3Lw0Xv9Rt5Yb2Nc7Md4Hf6Jg1PsQ", "a secret"],
])("%s looks like %s", (text, kind) => {
  const [warning, ...others] = warned({ Payload: { list: [{ a: text }] } });
  expect(others).toEqual([]);
  expect(warning?.location).toBe("/States/A/Parameters/Payload/list[0]/a");
  expect(warning?.message).toContain(`'a' looks like ${kind}`);
  expect(warning?.message).not.toContain(text);
});

test.each(["password", "db_password", "clientSecret", "x-api-key", "ApiKey", "access_token", "PRIVATE_KEY"])(
  "a text under %s looks like a secret",
  (name) => {
    expect(warned({ [name]: "correcthorse" })).toHaveLength(1);
    expect(warned({ [`${name}.$`]: "$.correcthorse" })).toEqual([]);
  },
);

describe("what is none", () => {
  test.each<[string, unknown]>([
    ["a path", { "password.$": "$.password" }],
    ["what looks like a path", { password: "$.password" }],
    ["a short text", { password: "secret" }],
    ["a sentence", { password: "ask the owner for it" }],
    ["a secret's ARN", { secret: "arn:aws:secretsmanager:us-east-1:1:secret:x" }],
    ["a number", { password: 12_345_678 }],
    ["a UUID", { id: "0b5ba4c4-5318-4d64-9a29-6c0a2f1a7f5e" }],
    ["a digest", { digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }],
    ["a name", { FunctionName: "ProcessIncomingOrdersHandlerV2Production" }],
    ["a name with numbers", { FunctionName: "ProcessIncomingOrders2024Handler2025Version2" }],
    ["capitals", { a: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" }],
    ["a URL", { url: "https://api.example.com/v1/orders?page=1&size=1000" }],
    ["a sentence of many letters", { text: "The quick brown fox jumps over 13 lazy dogs 37 times" }],
  ])("%s", (_, parameters) => {
    expect(warned(parameters)).toEqual([]);
  });

  test("an expression of JSONata", () => {
    const machine = states({ A: { Type: "Pass", Output: { password: "{% $states.input.password %}" }, End: true } });
    const { diagnostics } = validateDefinition(JSON.stringify({ QueryLanguage: "JSONata", ...machine }));
    expect(diagnostics).toEqual([]);
  });
});
