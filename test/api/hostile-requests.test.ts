/** Whatever is sent, the answer is a typed 4xx: never a 500, never an exception of another kind. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Shape, StructureShape } from "../../src/api/shape.ts";
import { INPUTS } from "../../src/api/shapes.ts";
import type { Operation } from "../../src/api/inputs.ts";
import { Fixture, type Reply } from "./fixture.ts";

const OPERATIONS = Object.keys(INPUTS) as Operation[];

let defects: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  defects = vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  expect(defects).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

function expectTyped(reply: Reply): void {
  expect(reply.status).toBeGreaterThanOrEqual(400);
  expect(reply.status).toBeLessThan(500);
  expect(reply.body).toMatchObject({ __type: expect.stringMatching(/^[A-Z]\w+$/u), message: expect.any(String) });
  expect(reply.contentType).toBe("application/x-amz-json-1.0");
  expect(reply.requestId).not.toBeNull();
}

test("there are 37 operations", () => {
  expect(OPERATIONS).toHaveLength(37);
});

describe("[F43] a body that is no request", () => {
  test.each<[string, NonNullable<RequestInit["body"]>]>([
    ["nothing", ""],
    ["no JSON", "not json"],
    ["a text", '"text"'],
    ["a number", "1"],
    ["null", "null"],
    ["an array", "[]"],
    ["an unfinished object", '{"name":'],
    ["arrays 100,000 deep", "[".repeat(100_000)],
    ["objects 100,000 deep", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["deep in a member", `{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["deep after closing too much", `${"]".repeat(100_000)}${"[".repeat(100_000)}`],
    ["not UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
  ])("%s", async (_what, body) => {
    for (const operation of ["ListStateMachines", "CreateStateMachine", "TestState"]) {
      const reply = await new Fixture().post(body, `AWSStepFunctions.${operation}`);
      expectTyped(reply);
      expect(reply.body.__type).toBe("SerializationException");
    }
  });

  test("one byte more than a megabyte", async () => {
    expectTyped(
      await new Fixture().post(`{"name":"${"x".repeat(1_048_576 - 10)}"}`, "AWSStepFunctions.CreateActivity"),
    );
  });

  test("far too large, counted in bytes, is not even read", async () => {
    const reply = await new Fixture().post(`"${"é".repeat(700_000)}"`, "AWSStepFunctions.CreateActivity");
    expectTyped(reply);
    expect(reply).toMatchObject({ status: 413, body: { __type: "RequestEntityTooLargeException" } });
  });

  test("endless, without a length, is cut off", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const headers = { "x-amz-target": "AWSStepFunctions.ListActivities" };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    expect((await new Fixture().request("/", init)).status).toBe(413);
    expect(sent).toBeLessThan(2_000_000);
  });
});

describe("[F44] texts at the edge", () => {
  const tagged = async (api: Fixture, value: string): Promise<Reply> => {
    const resourceArn = await api.createStateMachine("m");
    return api.call("TagResource", `{"resourceArn":"${resourceArn}","tags":[{"key":"k","value":"${value}"}]}`);
  };

  test.each([
    ["the first half of a surrogate pair", String.raw`\ud800`],
    ["the second half", String.raw`x\udfffx`],
    ["both halves, the wrong way around", String.raw`\udc00\ud800`],
    ["U+0000", String.raw`a\u0000b`],
  ])("%s is refused, as no database keeps it", async (_, value) => {
    const reply = await tagged(new Fixture(), value);
    expectTyped(reply);
    expect(reply.body.__type).toBe("SerializationException");
    expect(reply.body.message).toContain("half a surrogate pair or U+0000");
  });

  test("so is a member's name", async () => {
    expectTyped(await new Fixture().call("ListActivities", String.raw`{"\ud800":1}`));
  });

  test("a whole pair and every other character come back as they were", async () => {
    const api = new Fixture();
    const value = "\u{1f600}\u0001\u007f\u2028\ufeff\uffff__proto__";
    await tagged(api, JSON.stringify(value).slice(1, -1));
    const { body } = await api.call("ListTagsForResource", { resourceArn: await api.createStateMachine("m") });
    expect(body).toEqual({ tags: [{ key: "k", value }] });
  });

  test("within an execution's input they are escapes, and stay what they are", async () => {
    const api = new Fixture();
    const input = String.raw`{"a":"\ud800\u0000","a":1e999}`;
    const stateMachineArn = await api.createStateMachine("m");
    const { body } = await api.call("StartExecution", { stateMachineArn, name: "edge", input });
    expect(api.execution(body.executionArn ?? "").started?.input).toBe(input);
  });

  test("a byte order mark is skipped before a request, and is no JSON before an input", async () => {
    const api = new Fixture();
    expect((await api.call("ListActivities", "\ufeff{}")).status).toBe(200);
    const stateMachineArn = await api.createStateMachine("m");
    const reply = await api.call("StartExecution", { stateMachineArn, input: "\ufeff{}" });
    expectTyped(reply);
    expect(reply.body.__type).toBe("InvalidExecutionInput");
  });

  test("of members of the same name the last one counts", async () => {
    const { body } = await new Fixture().call("CreateActivity", '{"name":"first","name":"second"}');
    expect(body["activityArn"]).toContain(":activity:second");
  });
});

describe("a target that is no operation", () => {
  test.each([
    undefined,
    "",
    "AWSStepFunctions",
    "AWSStepFunctions.",
    "AWSStepFunctions.Nope",
    "AWSStepFunctions.constructor",
    "AWSStepFunctions.__proto__",
    "DynamoDB_20120810.ListTables",
    "ListStateMachines",
  ])("%s", async (target) => {
    const reply = await new Fixture().post("{}", target);
    expectTyped(reply);
    expect(reply.body.__type).toBe("UnknownOperationException");
  });

  test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s", async (method) => {
    expectTyped(await new Fixture().request("/", { method }));
  });
});

const WRONG = {
  string: [1, true, [], {}, ["a"]],
  integer: ["1", true, [], {}, 1.5, 1e300],
  long: ["1", true, [], {}, 1.5, 1e300],
  float: ["1", true, [], {}],
  boolean: ["true", 1, [], {}],
  list: ["a", 1, true, {}],
  structure: ["a", 1, true, []],
} satisfies Record<Shape["type"], unknown[]>;

/** A value that the shape accepts. */
function sample(shape: Shape): unknown {
  switch (shape.type) {
    case "string":
      return shape.values?.[0] ?? "a";
    case "boolean":
      return false;
    case "list":
      return [sample(shape.member)];
    case "structure":
      return sampleOf(shape);
    default:
      return shape.min ?? 1;
  }
}

function sampleOf(shape: StructureShape): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shape.members).map(([name, member]) => [name, sample(member)]));
}

/** The values of the shape that have one member, at whatever depth, of the wrong type. */
function* mistyped(shape: Shape): Generator {
  yield* WRONG[shape.type];
  if (shape.type === "list") for (const wrong of mistyped(shape.member)) yield [wrong];
  if (shape.type === "structure") yield* mistypedMembers(shape);
}

function* mistypedMembers(shape: StructureShape): Generator<Record<string, unknown>> {
  for (const [name, member] of Object.entries(shape.members)) {
    for (const wrong of mistyped(member)) yield { ...sampleOf(shape), [name]: wrong };
  }
}

describe("a member of the wrong type", () => {
  test.each(OPERATIONS)("of %s", async (operation) => {
    const api = new Fixture();
    for (const input of mistypedMembers(INPUTS[operation])) {
      const reply = await api.call(operation, input);
      expectTyped(reply);
      expect(reply.body.__type, JSON.stringify(input)).toBe("SerializationException");
    }
  });
});

describe("a member outside its bounds", () => {
  test.each(OPERATIONS)("of %s", async (operation) => {
    const api = new Fixture();
    const shape: StructureShape = INPUTS[operation];
    const hostile = [
      "",
      "\u0000",
      "\ud800",
      "'; DROP TABLE state_machine; --",
      "x".repeat(5000),
      "{{",
      "arn:aws:states:::",
      "%s%n",
      "__proto__",
    ];
    for (const [name, member] of Object.entries(shape.members)) {
      if (member.type !== "string") continue;
      for (const value of hostile) {
        const reply = await api.call(operation, { ...sampleOf(shape), [name]: value });
        // A definition that is none is what this operation is asked about.
        if (operation === "ValidateStateMachineDefinition" && reply.status === 200) {
          expect(reply.body).toMatchObject({ result: "FAIL" });
        } else expectTyped(reply);
      }
    }
  });

  test.each(OPERATIONS.filter((operation) => INPUTS[operation].required.length > 0))(
    "required by %s and absent",
    async (operation) => {
      const api = new Fixture();
      const shape: StructureShape = INPUTS[operation];
      for (const name of shape.required) {
        for (const absent of [undefined, null]) {
          const reply = await api.call(operation, { ...sampleOf(shape), [name]: absent });
          expectTyped(reply);
          expect(reply.body.__type).toBe("ValidationException");
        }
      }
    },
  );
});
