import { describe, expect, test } from "vitest";
import type { MapState } from "../../src/asl/types.ts";
import type { Json } from "../../src/asl/json.ts";
import type { MapRunOrder } from "../../src/engine/execution.ts";
import {
  Batcher,
  childDefinition,
  childInput,
  childName,
  childNumber,
  findMapState,
  selected,
  type MapItem,
  type SelectionContext,
} from "../../src/engine/map-run-children.ts";
import { entropyOf, factsOf, machineOf, payloadOf, START, states, type Definition } from "./words.ts";

const moment = { at: START, entropy: entropyOf() };
const item = (index: number, value: Json, more: Partial<MapItem> = {}): MapItem => ({
  index,
  text: JSON.stringify(value),
  source: "STATE_DATA",
  ...more,
});
const inner = (name: string, more: Definition = {}): Definition => ({
  ...states({ [name]: { Type: "Pass", End: true } }),
  ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
  ...more,
});
const mapOf = (fields: Definition = {}, top: Definition = {}): MapState => {
  const machine = machineOf({
    ...top,
    ...states({ M: { Type: "Map", ItemProcessor: inner("A"), End: true, ...fields } }),
  });
  const state = findMapState(machine, "M");
  if (state === undefined) throw new Error("no Map state");
  return state;
};
const contextOf = (order: Partial<MapRunOrder> = {}, more: Partial<SelectionContext> = {}): SelectionContext => ({
  facts: factsOf('{"run":1}'),
  stateName: "M",
  enteredAt: START,
  retryCount: 0,
  order: {
    input: payloadOf({ own: "input" }),
    maxConcurrency: 0,
    toleratedFailureCount: 0,
    toleratedFailurePercentage: 0,
    variables: { v: 7 },
    ...order,
  },
  ...more,
});

describe("a child's input", () => {
  test("is its item, with the text it had", async () => {
    const input = await childInput(mapOf(), contextOf(), [item(0, 1, { text: '{"a": 1.0}' })], moment);
    expect(input.text).toBe('{"a": 1.0}');
  });

  test("is what the ItemSelector makes of it", async () => {
    const ItemSelector = {
      "value.$": "$$.Map.Item.Value",
      "index.$": "$$.Map.Item.Index",
      "source.$": "$$.Map.Item.Source",
      "own.$": "$.own",
      "v.$": "$v",
      "state.$": "$$.State.Name",
      "run.$": "$$.Execution.Input.run",
      "redrives.$": "$$.Execution.RedriveCount",
    };
    const context = contextOf({}, { redrive: { count: 2, at: START } });
    const input = await childInput(mapOf({ ItemSelector }), context, [item(4, { x: 1 })], moment);
    expect(input.value).toEqual({
      value: { x: 1 },
      index: 4,
      source: "STATE_DATA",
      own: "input",
      v: 7,
      state: "M",
      run: 1,
      redrives: 2,
    });
  });

  test("that is a member of an object has a Key in the context, and its value alone; as a whole it is a pair", async () => {
    const member = item(1, { Key: "b", Value: { n: 2 } }, { isMember: true });
    const ItemSelector = { "key.$": "$$.Map.Item.Key", "value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index" };
    const input = await childInput(mapOf({ ItemSelector }), contextOf(), [member], moment);
    expect(input.value).toEqual({ key: "b", value: { n: 2 }, index: 1 });
    expect((await childInput(mapOf(), contextOf(), [member], moment)).value).toEqual({ Key: "b", Value: { n: 2 } });
    const state = mapOf({ ItemSelector: { item: "{% $states.context.Map.Item %}" } }, { QueryLanguage: "JSONata" });
    expect((await childInput(state, contextOf(), [member], moment)).value).toEqual({
      item: { Index: 1, Key: "b", Value: { n: 2 }, Source: "STATE_DATA" },
    });
    const plain = mapOf({ ItemSelector: { "key.$": "$$.Map.Item.Key" } });
    await expect(selected(plain, contextOf(), item(0, { Key: "a", Value: 1 }), moment)).rejects.toMatchObject({
      error: "States.Runtime",
    });
  });

  test("in JSONata as well", async () => {
    const ItemSelector = { sum: "{% $states.context.Map.Item.Value + $v %}", all: "{% $keys($states.input) %}" };
    const state = mapOf({ ItemSelector }, { QueryLanguage: "JSONata" });
    expect((await childInput(state, contextOf(), [item(0, 1)], moment)).value).toEqual({ sum: 8, all: "own" });
  });

  test("an ItemSelector that fails throws the failure", async () => {
    const state = mapOf({ ItemSelector: { "x.$": "$missing" } });
    await expect(selected(state, contextOf(), item(0, 1), moment)).rejects.toMatchObject({ error: "States.Runtime" });
  });

  test("[F41] takes as many steps as the execution's quota says", async () => {
    const sum = "{% $sum($map([1..20000], function($x) { $x % 2 })) %}";
    const state = mapOf({ ItemSelector: { sum } }, { QueryLanguage: "JSONata" });
    await expect(selected(state, contextOf(), item(0, 1), moment)).rejects.toMatchObject({
      error: "States.QueryEvaluationError",
    });
    const facts = { ...factsOf("{}"), quotas: { evaluationSteps: 32_000_000 } };
    expect((await selected(state, contextOf({}, { facts }), item(0, 1), moment)).value).toEqual({ sum: 10_000 });
  });

  test("of a batch: its items, after the BatchInput if there is one", async () => {
    const items = [item(0, 1, { text: "1.0" }), item(1, "b")];
    const plain = await childInput(mapOf(), contextOf({ batch: { maxItems: 2 } }), items, moment);
    expect(plain.text).toBe('{"Items":[1.0,"b"]}');
    const given = await childInput(mapOf(), contextOf({ batch: { maxItems: 2, input: { a: 1 } } }), items, moment);
    expect(given.text).toBe('{"BatchInput":{"a":1},"Items":[1.0,"b"]}');
    expect((await childInput(mapOf(), contextOf(), [], moment)).text).toBe('{"Items":[]}');
  });
});

describe("batches", () => {
  const cut = (batcher: Batcher<number>, sizes: readonly number[]): readonly (readonly number[])[] => {
    const batches: (readonly number[])[] = [];
    for (const size of sizes) {
      const full = batcher.add(size, size);
      if (full !== undefined) batches.push(full);
    }
    return [...batches, batcher.take()];
  };

  test("hold as many items as they may", () => {
    expect(cut(new Batcher({ maxItems: 2 }, 262_144), [1, 2, 3, 4, 5])).toEqual([[1, 2], [3, 4], [5]]);
  });

  test("are no larger than they may, with what is around the items; an item too large is alone", () => {
    // {"Items":[]} takes 12 bytes.
    expect(cut(new Batcher({ maxInputBytes: 34 }, 262_144), [10, 10, 10, 50, 3])).toEqual([[10, 10], [10], [50], [3]]);
  });

  test("are never larger than a payload", () => {
    expect(cut(new Batcher({ maxItems: 9 }, 262_144), [200_000, 100_000])).toEqual([[200_000], [100_000]]);
  });
});

describe("the machine of the children", () => {
  const nested = {
    QueryLanguage: "JSONata",
    ...states({
      P: {
        Type: "Parallel",
        End: true,
        Branches: [
          states({ W: { Type: "Pass", End: true } }),
          states({
            Outer: {
              Type: "Map",
              End: true,
              ItemProcessor: states({ M: { Type: "Map", Iterator: inner("A"), End: true } }),
            },
          }),
        ],
      },
    }),
  };

  test("is found wherever its state stands, and speaks the language of the machine around it", () => {
    expect(findMapState(machineOf(nested), "M")?.Name).toBe("M");
    expect(JSON.parse(childDefinition(JSON.stringify(nested), "M") ?? "")).toEqual({
      QueryLanguage: "JSONata",
      ...states({ A: { Type: "Pass", End: true } }),
    });
  });

  test("has its own language where it names one, and none where nobody does", () => {
    const machine = states({ M: { Type: "Map", ItemProcessor: inner("A"), End: true } });
    expect(JSON.parse(childDefinition(JSON.stringify(machine), "M") ?? "")).toEqual(
      states({ A: { Type: "Pass", End: true } }),
    );
  });

  test("is not that of another state", () => {
    expect(findMapState(machineOf(nested), "W")).toBeUndefined();
    expect(childDefinition(JSON.stringify(nested), "W")).toBeUndefined();
    expect(childDefinition('{"States": {"a": 1, "M": {"ItemProcessor": []}}}', "M")).toBeUndefined();
  });
});

describe("a child's name", () => {
  const RUN = "01234567-89ab-cdef-0123-456789abcdef";

  test("is a UUID that tells its number, the same each time", () => {
    const name = childName(RUN, 1_000_000, 0);
    expect(name).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/u);
    expect(childName(RUN, 1_000_000, 0)).toBe(name);
    expect(childNumber(name)).toBe(1_000_000);
  });

  test("is another after a redrive, for another number, and in another Map Run", () => {
    const names = [
      childName(RUN, 1, 0),
      childName(RUN, 1, 1),
      childName(RUN, 2, 0),
      childName("f" + RUN.slice(1), 1, 0),
    ];
    expect(new Set(names).size).toBe(4);
  });

  test("of anything else tells no number", () => {
    expect(childNumber("any")).toBeUndefined();
    expect(childNumber(childName("short", 3, 0))).toBe(3);
  });
});
