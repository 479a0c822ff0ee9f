import { describe, expect, test } from "vitest";
import type { ChildResult } from "../../src/runtime/map/child-result.ts";
import {
  ResultWriting,
  type EvaluatedWriter,
  type ResultsPosition,
  type WrittenResults,
} from "../../src/runtime/map/result-writer.ts";
import { isLostUpload } from "../../src/runtime/objects/part-writer.ts";
import { bucketsIn, type Buckets } from "../../src/runtime/objects/buckets.ts";
import { bindings } from "./words.ts";

const RUN = "arn:aws:states:us-east-1:123456789012:mapRun:machine/label:0c9e1b6c-7c2e-4d0e-8c53-3f7f9d1b2a11";
const ID = "0c9e1b6c-7c2e-4d0e-8c53-3f7f9d1b2a11";
const buckets = bucketsIn(bindings.OBJECTS, {}, () => undefined);

function child(i: number, Status: ChildResult["Status"] = "SUCCEEDED", Output = `[${i}]`): ChildResult {
  return {
    ExecutionArn: `arn:aws:states:us-east-1:123456789012:execution:machine/label:${i}`,
    Name: String(i),
    StateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine/label",
    Status,
    Input: String(i),
    ...(Status === "SUCCEEDED" && { Output }),
    RedriveCount: 0,
    RedriveStatus: "NOT_REDRIVABLE",
  };
}

/** Writes all of them; where that breaks off, leaves nothing. */
async function writeResults(
  evaluated: EvaluatedWriter,
  where: Buckets,
  mapRunArn: string,
  results: AsyncIterable<ChildResult> | Iterable<ChildResult>,
  fileBytes = 5_000_000_000,
): Promise<WrittenResults> {
  const writing = new ResultWriting(evaluated, where, mapRunArn, undefined, { fileBytes, partBytes: 5_242_880 });
  try {
    for await (const result of results) await writing.write(result);
    while (await writing.completeNext());
    return await writing.nameFiles();
  } catch (error) {
    await writing.giveUp();
    throw error;
  }
}

function writer(Prefix: string, WriterConfig?: EvaluatedWriter["WriterConfig"]): EvaluatedWriter {
  return { input: { Bucket: "results", Prefix }, ...(WriterConfig && { WriterConfig }) };
}

async function textAt(key: string): Promise<string> {
  const object = await bindings.OBJECTS.get(`results/${key}`);
  if (object === null) throw new Error(`there is no ${key}`);
  return object.text();
}

interface Manifest {
  readonly ResultFiles: Readonly<Record<string, readonly { readonly Key: string; readonly Size: number }[]>>;
}

async function manifestAt(key: string): Promise<Manifest> {
  return JSON.parse(await textAt(key)) as Manifest;
}

describe("the results of a Map Run", () => {
  test("lie in files by status, which a manifest names", async () => {
    const results = [
      child(1),
      child(2, "FAILED"),
      child(3),
      child(4, "TIMED_OUT"),
      child(5, "PENDING"),
      child(6, "ABORTED"),
    ];
    expect(await writeResults(writer("jobs"), buckets, RUN, results)).toEqual({
      Bucket: "results",
      Key: `jobs/${ID}/manifest.json`,
    });
    const files = async (status: string): Promise<readonly { readonly Name: string }[]> =>
      JSON.parse(await textAt(`jobs/${ID}/${status}_0.json`)) as { Name: string }[];
    const names = async (status: string): Promise<readonly string[]> => (await files(status)).map(({ Name }) => Name);
    expect(await names("SUCCEEDED")).toEqual(["1", "3"]);
    expect(await names("FAILED")).toEqual(["2", "4", "6"]);
    expect(await names("PENDING")).toEqual(["5"]);
    const size = async (status: string): Promise<number> => (await textAt(`jobs/${ID}/${status}_0.json`)).length;
    const entry = async (status: string): Promise<object> => ({
      Key: `jobs/${ID}/${status}_0.json`,
      Size: await size(status),
    });
    expect(await manifestAt(`jobs/${ID}/manifest.json`)).toEqual({
      DestinationBucket: "results",
      MapRunArn: RUN,
      ResultFiles: {
        FAILED: [await entry("FAILED")],
        PENDING: [await entry("PENDING")],
        SUCCEEDED: [await entry("SUCCEEDED")],
      },
    });
  });

  test("need no file where there is none of a status", async () => {
    await writeResults(writer("none/"), buckets, RUN, []);
    expect((await manifestAt(`none/${ID}/manifest.json`)).ResultFiles).toEqual({
      FAILED: [],
      PENDING: [],
      SUCCEEDED: [],
    });
  });

  test("are transformed, and may be JSON Lines", async () => {
    const results = [child(1, "SUCCEEDED", "[1, 2]"), child(2, "SUCCEEDED", '{\n"b": 3}')];
    await writeResults(writer("", { Transformation: "FLATTEN", OutputType: "JSONL" }), buckets, RUN, results);
    expect(await textAt(`${ID}/SUCCEEDED_0.jsonl`)).toBe('1\n2\n{"b":3}\n');
    await writeResults(writer("compact", { Transformation: "COMPACT", OutputType: "JSON" }), buckets, RUN, results);
    expect(await textAt(`compact/${ID}/SUCCEEDED_0.json`)).toBe('[[1,2],{"b":3}]');
  });

  test("go on in another file where one has become too large", async () => {
    const config = { Transformation: "COMPACT", OutputType: "JSON" } as const;
    await writeResults(
      writer("split", config),
      buckets,
      RUN,
      [1, 2, 3, 4, 5].map((i) => child(i)),
      9,
    );
    const { ResultFiles } = await manifestAt(`split/${ID}/manifest.json`);
    expect(ResultFiles["SUCCEEDED"]?.map(({ Size }) => Size)).toEqual([9, 9, 5]);
    const texts = await Promise.all([0, 1, 2].map((n) => textAt(`split/${ID}/SUCCEEDED_${n}.json`)));
    expect(texts).toEqual(["[[1],[2]]", "[[3],[4]]", "[[5]]"]);
  });

  test("are larger than the memory that writes them, and the same when they are written again", async () => {
    const output = JSON.stringify("x".repeat(200_000));
    async function* results(): AsyncIterable<ChildResult> {
      for (let i = 0; i < 60; i++) yield child(i, "SUCCEEDED", output);
    }
    const config = { Transformation: "COMPACT", OutputType: "JSON" } as const;
    for (let again = 0; again < 2; again++) {
      await writeResults(writer("large", config), buckets, RUN, results());
      const text = await textAt(`large/${ID}/SUCCEEDED_0.json`);
      expect(text).toBe(`[${Array<string>(60).fill(output).join(",")}]`);
    }
    const { objects } = await bindings.OBJECTS.list({ prefix: "results/large/" });
    expect(objects).toHaveLength(2);
  });

  test("go on in another instance, from any position it has stored", async () => {
    const output = (i: number): string => JSON.stringify(`${i} `.repeat(50_000));
    const config = { Transformation: "COMPACT", OutputType: "JSONL" } as const;
    const begin = (from?: ResultsPosition): ResultWriting =>
      new ResultWriting(writer("resumed", config), buckets, RUN, from);
    let from: ResultsPosition | undefined;
    for (let next = 0; next < 80;) {
      const writing = begin(from);
      // Each instance but the first writes some results that nobody hears of.
      for (let i = next; i < next + 40; i++) {
        await writing.write(child(i, "SUCCEEDED", output(i)));
        if (i === next + 19) from = structuredClone(writing.position);
      }
      next += 20;
    }
    const last = begin(from);
    while (await last.completeNext());
    await last.nameFiles();
    const lines = Array.from({ length: 80 }, (_, i) => output(i));
    expect(await textAt(`resumed/${ID}/SUCCEEDED_0.jsonl`)).toBe(`${lines.join("\n")}\n`);

    const late = begin(from);
    const more = (async () => {
      await late.write(child(80, "SUCCEEDED", output(80)));
      await late.completeNext();
    })();
    await expect(more).rejects.toSatisfy(isLostUpload);
  });

  test("that break off leave no file and no manifest", async () => {
    async function* results(): AsyncIterable<ChildResult> {
      for (let i = 0; i < 40; i++) yield child(i, "SUCCEEDED", JSON.stringify("x".repeat(200_000)));
      throw new Error("the object was reset");
    }
    await expect(writeResults(writer("broken"), buckets, RUN, results())).rejects.toThrow("the object was reset");
    expect((await bindings.OBJECTS.list({ prefix: "results/broken/" })).objects).toEqual([]);
  });

  test.each([
    [{ Bucket: "Not A Bucket" }, "'Not A Bucket' cannot be the name of a bucket"],
    [{ Bucket: "results", Prefix: 5 }, "The ResultWriter's Prefix must be a string."],
    [{ Prefix: "x" }, "The ResultWriter has no Bucket."],
    [
      { Bucket: "results", Prefix: "p".repeat(1100) },
      "The key is longer than the 1016 bytes that bucket 'results' allows",
    ],
  ])("that cannot be written fail as the writer's failure: %j", async (input, cause) => {
    await expect(writeResults({ input }, buckets, RUN, [child(1)])).rejects.toMatchObject({
      error: "States.ResultWriterFailed",
      cause,
    });
  });
});
