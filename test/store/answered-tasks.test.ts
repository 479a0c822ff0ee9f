import { describe, expect, test } from "vitest";
import { AnsweredTasks, digestOf } from "../../src/runtime/answered-tasks.ts";

const MINUTE = 60_000;
const nothing = async (): Promise<void> => undefined;

describe("[F18] an answer", () => {
  test("is known for five minutes", async () => {
    const answered = new AnsweredTasks();
    await answered.remember({ digest: "a", at: 1_000 }, nothing);
    expect(answered.isRepeated("a", 1_000 + 5 * MINUTE)).toBe(true);
    expect(answered.isRepeated("a", 1_001 + 5 * MINUTE)).toBe(false);
    expect(answered.isRepeated("b", 1_000)).toBe(false);
  });

  test("is forgotten with the turn that was to take it", async () => {
    const answered = new AnsweredTasks();
    await answered.remember({ digest: "a", at: 0 }, nothing);
    const failing = answered.remember({ digest: "b", at: 0 }, () => Promise.reject(new Error("no room")));
    await expect(failing).rejects.toThrow("no room");
    expect(answered.stored).toEqual({ answeredTasks: [{ digest: "a", at: 0 }] });
  });

  test("is one of the newest hundred, and stored as long as it is known", async () => {
    const answered = new AnsweredTasks();
    expect(answered.stored).toEqual({});
    for (let n = 0; n < 150; n += 1) await answered.remember({ digest: String(n), at: n }, nothing);
    expect(answered.stored.answeredTasks).toHaveLength(100);
    expect([answered.isRepeated("49", 150), answered.isRepeated("50", 150)]).toEqual([false, true]);
    const restored = new AnsweredTasks();
    restored.load(answered.stored.answeredTasks);
    expect(restored.isRepeated("149", 150)).toBe(true);
    await restored.remember({ digest: "later", at: 10 * MINUTE }, nothing);
    expect(restored.stored.answeredTasks).toEqual([{ digest: "later", at: 10 * MINUTE }]);
    restored.load();
    expect(restored.stored).toEqual({});
  });

  test("is told from others by its texts, and by which of them are there", () => {
    const digests = [["t", "a"], ["t", "a", ""], ["t", "a", undefined], ["ta"], ["t,a"], ["u", "a"], []].map((texts) =>
      digestOf(...texts),
    );
    expect(new Set(digests).size).toBe(digests.length);
    expect(digestOf("t", "a")).toBe(digests[0]);
  });
});
