/** Policies: patterns, verdicts, what is refused when one is made, and what the settings take. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { boundPrincipal } from "../../src/api/auth/binding.ts";
import { readPolicy, verdictOf, type Policy } from "../../src/api/auth/policy.ts";
import { findReadyMade, READY_MADE } from "../../src/api/auth/ready-made-policies.ts";
import { readAccessSettings } from "../../src/api/auth/settings.ts";
import { matchesArn, matchesWildcard } from "../../src/api/auth/wildcard.ts";
import { INPUTS } from "../../src/api/shapes.ts";

const ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";

describe("a pattern", () => {
  test.each([
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a*c", "abcbc", true],
    ["a*c", "abcb", false],
    ["*b*", "abc", true],
    ["a.c", "abc", false],
    ["a**", "a", true],
  ])("'%s' on '%s': %s", (pattern, text, fits) => {
    expect(matchesWildcard(pattern, text)).toBe(fits);
  });

  test("means what the regular expression means that one would write for it", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 }), (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "u");
        expect(matchesWildcard(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("of the worst kind takes no time that anybody notices", () => {
    expect(matchesWildcard(`${"a*".repeat(3000)}b`, "a".repeat(6000))).toBe(false);
  });

  test.each([
    ["*", true],
    ["arn:aws:states:*", true],
    ["arn:aws:states:*:*:stateMachine:ord*", true],
    ["arn:*:stateMachine:orders", false],
    ["arn:aws:states:us-east-1:123456789012:stateMachine", false],
    ["arn:aws:states:*:stateMachine:orders", false],
    ["arn:aws:states:us-east-1:*:*", true],
    ["arn:aws:states:us-east-1:123456789012:stateMachine:orders:*", false],
    [ARN.toUpperCase(), false],
  ])("of an ARN goes part by part: %s", (pattern, fits) => {
    expect(matchesArn(pattern, ARN)).toBe(fits);
  });
});

describe("a verdict", () => {
  const policyOf = (...statements: Json[]): Policy => {
    const read = readPolicy({ Statement: statements });
    if ("fault" in read) throw new Error(read.fault);
    return read.policy;
  };
  const allow = { Effect: "Allow", Action: "states:Start*", Resource: ARN };

  test("is an Allow that matches in both, and otherwise none", () => {
    expect(verdictOf(policyOf(allow), "states:StartExecution", ARN)).toBe("allowed");
    expect(verdictOf(policyOf(allow), "states:startexecution", ARN)).toBe("allowed");
    expect(verdictOf(policyOf(allow), "states:StopExecution", ARN)).toBe("not allowed");
    expect(verdictOf(policyOf(allow), "states:StartExecution", `${ARN}:1`)).toBe("not allowed");
    expect(verdictOf([], "states:StartExecution", ARN)).toBe("not allowed");
  });

  test("is a Deny's wherever it stands", () => {
    const deny = { Effect: "Deny", Action: "*", Resource: "*" };
    expect(verdictOf(policyOf(allow, deny), "states:StartExecution", ARN)).toBe("denied");
    expect(verdictOf(policyOf(deny, allow), "states:StartExecution", ARN)).toBe("denied");
  });

  test("of a ready-made policy is what its name says", () => {
    const may = (name: string): string[] =>
      Object.keys(INPUTS).filter((name_) => verdictOf(findReadyMade(name)!, `states:${name_}`, ARN) === "allowed");
    expect(may("admin")).toHaveLength(37);
    expect(may("start-only")).toEqual(["StartExecution", "StartSyncExecution"]);
    expect(may("callback-only")).toEqual(["SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"]);
    const changes =
      /^(?:Create|Delete|Update|Publish|Redrive|SendTask|Start|Stop|Tag|Untag|TestState|GetActivityTask)/u;
    expect(may("read-only")).toEqual(Object.keys(INPUTS).filter((name) => !changes.test(name)));
    expect(Object.keys(READY_MADE)).toHaveLength(4);
    expect(findReadyMade("constructor")).toBeUndefined();
  });
});

describe("a policy that is made", () => {
  const statement = { Effect: "Allow", Action: "states:*", Resource: "*" };
  test.each<[Json]>([
    [{ Statement: statement }],
    [{ Version: "2012-10-17", Id: "x", Statement: [{ ...statement, Sid: "All" }] }],
    [{ Statement: { ...statement, Action: ["*", "stepflare:PutObject"], Resource: ["*", ARN] } }],
  ])("is taken: %j", (policy) => {
    expect(readPolicy(policy)).toHaveProperty("policy");
  });

  test.each<[Json, string]>([
    ["text", "a policy is an object"],
    [{}, "a Statement is an object"],
    [{ Statement: [] }, "at least one Statement"],
    [{ Statement: ["x"] }, "a Statement is an object"],
    [{ Statement: statement, Conditions: {} }, "no member 'Conditions'"],
    [{ Statement: { ...statement, Condition: {} } }, "no member 'Condition'"],
    [{ Statement: { ...statement, NotAction: "*" } }, "no member 'NotAction'"],
    [{ Statement: { ...statement, Effect: "allow" } }, "Allow or Deny"],
    [{ Statement: { ...statement, Action: [] } }, "an Action is a pattern"],
    [{ Statement: { ...statement, Action: "s3:GetObject" } }, "an Action is a pattern"],
    [{ Statement: { Effect: "Allow", Resource: "*" } }, "an Action is a pattern"],
    [{ Statement: { ...statement, Resource: "orders" } }, "a Resource is *"],
    [{ Statement: { ...statement, Resource: [1] } }, "a Resource is *"],
    [{ Statement: { ...statement, Resource: `arn:${"x".repeat(7000)}` } }, "at most 6144 characters"],
  ])("is refused, rather than understood in part: %j", (policy, fault) => {
    expect(readPolicy(policy)).toEqual({ fault: expect.stringContaining(fault) });
  });
});

describe("a service binding", () => {
  test("may do what its props say, and everything where they say nothing", () => {
    expect(boundPrincipal("123456789012", {}).may("states:DeleteStateMachine", ARN)).toBe(true);
    const shop = boundPrincipal("123456789012", { name: "shop", policy: "start-only" });
    expect(shop.arn).toBe("arn:aws:iam::123456789012:role/binding/shop");
    expect([shop.may("states:StartExecution", ARN), shop.may("states:DeleteStateMachine", ARN)]).toEqual([true, false]);
    const policy = { Statement: { Effect: "Allow", Action: "states:*", Resource: ARN } };
    expect(boundPrincipal("123456789012", { policy }).may("states:DeleteStateMachine", ARN)).toBe(true);
    expect(() => boundPrincipal("123456789012", { policy: "root" })).toThrow(/props\.policy .* must be one of admin/u);
  });
});

describe("the settings", () => {
  const TEAM = { ACCESS_TEAM_DOMAIN: "t.cloudflareaccess.com", ACCESS_AUD: "a1b2c3d4e5f60718" };
  const policies = { "ann@example.com": "admin", "*": { Statement: { Effect: "Allow", Action: "*", Resource: "*" } } };

  test("are nobody where there are none, even where wrangler.toml has them empty", () => {
    expect(readAccessSettings({ ALLOW_UNAUTHENTICATED: "", ACCESS_AUD: "", ACCESS_POLICIES: "" })).toEqual({
      accountId: "123456789012",
      openTo: "nobody",
      sealer: undefined,
      hosts: [],
      callRate: undefined,
      team: undefined,
    });
  });

  test("of Access are a team, an audience and policies, as a table or its text", () => {
    for (const ACCESS_POLICIES of [policies, JSON.stringify(policies)]) {
      const { team } = readAccessSettings({ ...TEAM, ACCESS_POLICIES });
      expect(team).toMatchObject({ issuer: "https://t.cloudflareaccess.com", audiences: ["a1b2c3d4e5f60718"] });
      expect([...(team?.policies.keys() ?? [])]).toEqual(["ann@example.com", "*"]);
    }
  });

  test.each<[object, RegExp]>([
    [{ ALLOW_UNAUTHENTICATED: "yes" }, /^ALLOW_UNAUTHENTICATED must be "true" or "false"/u],
    [{ OPEN_ON_LOOPBACK: "1" }, /^OPEN_ON_LOOPBACK must be "true" or "false"/u],
    [{ KEY_THROTTLING: "5" }, /^KEY_THROTTLING must be .* such as "200\/50"/u],
    [{ ...TEAM, ACCESS_TEAM_DOMAIN: "team", ACCESS_POLICIES: policies }, /^ACCESS_TEAM_DOMAIN must be/u],
    [{ ...TEAM, ACCESS_AUD: "mine!", ACCESS_POLICIES: policies }, /^ACCESS_AUD must be/u],
    [{ ACCESS_TEAM_DOMAIN: TEAM.ACCESS_TEAM_DOMAIN, ACCESS_POLICIES: policies }, /^ACCESS_AUD must be/u],
    [TEAM, /^ACCESS_POLICIES must say who may do what/u],
    [{ ...TEAM, ACCESS_POLICIES: "{" }, /^ACCESS_POLICIES: it must be a JSON object/u],
    [{ ...TEAM, ACCESS_POLICIES: { "*": "root" } }, /^ACCESS_POLICIES, '\*': .*one of admin, read-only/u],
    [{ SECRET_KEYS: "short" }, /^SECRET_KEYS must be/u],
  ])("are refused by name, with what they take: %j", (env, message) => {
    expect(() => readAccessSettings(env)).toThrow(message);
  });
});
