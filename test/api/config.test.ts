/** The settings of wrangler.toml: what they are without being set, and what is said of those that cannot be. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/env.ts";

const DAY_MS = 86_400_000;

test("without settings executions are kept for 90 days and not archived", () => {
  expect(readConfig({})).toMatchObject({
    accountId: "123456789012",
    region: "us-east-1",
    watchdogSeconds: 30,
    activityPollSeconds: 60,
    retentionMs: 90 * DAY_MS,
    retentionArchive: false,
  });
});

test.each([
  ["7", 7 * DAY_MS],
  ["0.5", DAY_MS / 2],
  ["0", 0],
  ["forever", undefined],
])("RETENTION_DAYS may be %s", (RETENTION_DAYS, retentionMs) => {
  expect(readConfig({ RETENTION_DAYS, RETENTION_ARCHIVE: "true" })).toMatchObject({
    retentionMs,
    retentionArchive: true,
  });
});

describe("what cannot be is refused by its name:", () => {
  test.each([
    [{ ACCOUNT_ID: "12" }, "ACCOUNT_ID must be 12 digits"],
    [{ REGION: "Here!" }, "REGION must be a region name such as us-east-1"],
    [{ WATCHDOG_SECONDS: "0" }, "WATCHDOG_SECONDS must be a whole number of at least 1"],
    [{ ACTIVITY_POLL_SECONDS: "soon" }, "ACTIVITY_POLL_SECONDS must be a whole number of at least 1"],
    [{ RETENTION_DAYS: "-1" }, 'RETENTION_DAYS must be a number of days up to 36500, or "forever"'],
    [{ RETENTION_DAYS: "" }, 'RETENTION_DAYS must be a number of days up to 36500, or "forever"'],
    [{ RETENTION_DAYS: "99999" }, 'RETENTION_DAYS must be a number of days up to 36500, or "forever"'],
    [{ RETENTION_ARCHIVE: "yes" }, 'RETENTION_ARCHIVE must be "true" or "false"'],
    [{ QUOTAS: "Tags" }, /^QUOTAS must be numbers by name/u],
  ])("%j", (settings, message) => {
    expect(() => readConfig(settings)).toThrow(message);
  });
});
