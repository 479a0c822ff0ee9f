/** What earlier versions have stored: each later version carries it to the end that it would have come to. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DriverWorld } from "../store/driver-world.ts";
import { MemoryStorage } from "../store/memory-storage.ts";
import { endOf, type Frozen } from "./freeze.ts";
import { STORIES } from "./stories.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);
const versions = readdirSync(FIXTURES);

test("there are frozen executions of twenty kinds", () => {
  expect(versions).toContain("v1");
  expect(STORIES.length).toBeGreaterThanOrEqual(20);
});

describe.each(versions)("[F15] executions that %s has stored", (version) => {
  const frozen = JSON.parse(readFileSync(new URL(`${version}/executions.json`, FIXTURES), "utf8")) as readonly Frozen[];

  test.each(frozen)("$name goes on to the same end", async ({ now, alarm, rows, end }) => {
    const world = new DriverWorld({ storage: new MemoryStorage(rows), now, alarm });
    await world.run();
    expect(await endOf(world)).toEqual(end);
    const history = world.history();
    expect(history.map(({ id }) => id)).toEqual(history.map((_, i) => i + 1));
    expect(world.indexed).toMatchObject({ status: end.status });
    expect(world.defects).toEqual([]);
  });
});
