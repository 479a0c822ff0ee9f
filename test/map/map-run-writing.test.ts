/** Results of a Map Run that are written in stretches, by an object that may be gone at any moment. */
import { describe, expect, test } from "vitest";
import type { StretchLimits } from "../../src/runtime/map/map-run-writing.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { World, type WorldOptions } from "./world.ts";

const PART = 1_000;
const STRETCH: StretchLimits = { children: 60, bytes: 1_000_000, files: { fileBytes: 12_000, partBytes: PART } };
const fields = {
  ResultWriter: {
    Resource: "arn:aws:states:::s3:putObject",
    Parameters: { Bucket: "results" },
    WriterConfig: { OutputType: "JSONL", Transformation: "COMPACT" },
  },
};
const items = Array.from({ length: 300 }, (_, i) => `${i} ${"x".repeat(i % 50)}`);

interface Written {
  readonly world: World;
  readonly bucket: MemoryBucket;
}

function begun(more: Partial<WorldOptions> = {}): Written {
  const bucket = new MemoryBucket(PART);
  const world = new World({
    items,
    fields,
    order: { writer: { Bucket: "results" }, toleratedFailureCount: 1000 },
    outcome: (input) => (Number.parseInt(input as string, 10) % 7 === 0 ? { error: "Boom" } : undefined),
    buckets: bucket.buckets,
    stretch: STRETCH,
    ...more,
  });
  world.start();
  return { world, bucket };
}

/** Names and texts of all files, whichever Map Run they are of. */
function filesOf({ world, bucket }: Written): Readonly<Record<string, string>> {
  const id = world.mapRunArn.slice(world.mapRunArn.lastIndexOf(":") + 1);
  const general = (text: string): string => text.replaceAll(id, "ID");
  const texts = [...bucket.objects].map(([key, bytes]) => [general(key), general(new TextDecoder().decode(bytes))]);
  return Object.fromEntries(texts.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))) as Record<string, string>;
}

async function whole(): Promise<Written> {
  const written = begun();
  await written.world.settle();
  return written;
}

describe("results in stretches", () => {
  test("are the files that one stretch writes", async () => {
    const inStretches = await whole();
    const atOnce = begun({ stretch: { ...STRETCH, children: 1_000 } });
    await atOnce.world.settle();
    expect(filesOf(inStretches)).toEqual(filesOf(atOnce));
    const files = filesOf(inStretches);
    expect(Object.keys(files).map((key) => key.slice(key.lastIndexOf("/") + 1))).toEqual([
      ...Array.from({ length: 5 }, (_, i) => `FAILED_${i}.jsonl`).filter((name) => files[`results/ID/${name}`]),
      "SUCCEEDED_0.jsonl",
      "manifest.json",
    ]);
    expect(files["results/ID/SUCCEEDED_0.jsonl"]?.trimEnd().split("\n")).toEqual(
      items.filter((_, i) => i % 7 !== 0).map((item) => JSON.stringify(item)),
    );
    expect(inStretches.world.alarmsSet).toBeGreaterThan(atOnce.world.alarmsSet + 2);
    expect([...inStretches.world.rows.keys()].filter((key) => /^(writing|rest)/u.test(key))).toEqual([]);
    expect(inStretches.world.defects).toEqual([]);
  });

  test("cost no row where one stretch is enough", async () => {
    const { world } = begun({ stretch: undefined });
    let rows = 0;
    const set = world.rows.set.bind(world.rows);
    world.rows.set = (key, value) => {
      if (/^(writing|rest)/u.test(key)) rows += 1;
      return set(key, value);
    };
    await world.settle();
    expect(rows).toBe(0);
  });

  /** Whether the last change was done, and how large a file may be. */
  const lives: readonly (readonly [isDone: boolean, fileBytes: number])[] = [
    [false, 1_000_000],
    [true, 1_000_000],
    [false, 5_000],
    [true, 5_000],
  ];
  test.each(lives)(
    "are the same whichever change to the bucket is the last in an object's life (done %s, files of %i bytes)",
    async (wasDone, fileBytes) => {
      const stretch = { ...STRETCH, files: { fileBytes, partBytes: PART } };
      const reference = begun({ stretch });
      await reference.world.settle();
      const expected = filesOf(reference);
      const { changes } = reference.bucket;
      expect(changes).toBeGreaterThan(20);
      for (let last = 1; last <= changes; last++) {
        const written = begun({ stretch });
        const { world, bucket } = written;
        bucket.onChange = async (change, isDone) => {
          if (change !== last || isDone !== wasDone) return;
          world.crash();
          await new Promise(() => undefined);
        };
        await world.settle();
        expect(filesOf(written), `change ${last}`).toEqual(expected);
        expect(world.outcomes).toHaveLength(1);
        expect(world.failure).toBeUndefined();
        // A stretch has seven changes or less. What was completed and not noted begins anew.
        if (!wasDone && fileBytes > 5_000) expect(bucket.changes - changes).toBeLessThan(10);
      }
    },
  );

  test("are the same whichever change to the bucket fails, and no upload stays open", async () => {
    const reference = await whole();
    for (let failing = 1; failing <= reference.bucket.changes; failing++) {
      const written = begun();
      const { world, bucket } = written;
      bucket.onChange = async (change, isDone) => {
        if (change === failing && !isDone) throw new Error("put: internal error (10001)");
      };
      await world.settle();
      expect(filesOf(written), `change ${failing}`).toEqual(filesOf(reference));
      expect(bucket.uploads.size).toBe(0);
    }
  });

  test("are written from the start where an upload has been taken away meanwhile", async () => {
    const reference = await whole();
    const written = begun();
    const { world, bucket } = written;
    let taken = 0;
    bucket.onChange = async (change, isDone) => {
      if (!isDone || change !== 12) return;
      taken = bucket.uploads.size;
      bucket.uploads.clear();
    };
    await world.settle();
    expect(taken).toBeGreaterThan(0);
    expect(filesOf(written)).toEqual(filesOf(reference));
    expect(bucket.uploads.size).toBe(0);
  });

  test("[F36] are written all the same where the object has no room for a position", async () => {
    const reference = await whole();
    const written = begun();
    const { world } = written;
    const set = world.rows.set.bind(world.rows);
    let refused = 0;
    world.rows.set = (key, value) => {
      if (!/^(writing|rest)/u.test(key)) return set(key, value);
      refused += 1;
      throw new Error("database or disk is full: SQLITE_FULL");
    };
    await world.settle();
    expect(refused).toBe(1);
    expect(filesOf(written)).toEqual(filesOf(reference));
    expect(world.failure).toBeUndefined();
  });

  test("of before a redrive are not gone on with", async () => {
    const written = begun({ outcome: (_, attempt) => (attempt === 1 ? { error: "Boom" } : undefined) });
    const { world } = written;
    await world.settle();
    expect(filesOf(written)["results/ID/SUCCEEDED_0.jsonl"]).toBeUndefined();
    expect(world.driver.redrive(1)).toBe(true);
    await world.settle();
    expect(filesOf(written)["results/ID/SUCCEEDED_0.jsonl"]?.trimEnd().split("\n")).toHaveLength(items.length);
  });
});
