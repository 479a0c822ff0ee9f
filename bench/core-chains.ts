/** The chains whose transitions are counted, each written in both query languages. */
import type { Json } from "../src/asl/json.ts";

export interface Chain {
  readonly title: string;
  readonly jsonPath: object;
  readonly jsonata: object;
  readonly input: Record<string, Json>;
  readonly output: Record<string, Json>;
  /** In one execution. */
  readonly transitions: number;
}

const CHAIN_LENGTH = 20;
const COUNT_TO = 50;

const ORDER = {
  order: { id: "A-1001", total: 129.5, lines: [{ sku: "pen", quantity: 3 }] },
  customer: { name: "Ada", isNew: false },
};
const CHECKED = { id: "A-1001", first: "pen", state: "checked" };

/** A state that goes on to where the fields say. */
type StateMaker = (next: object) => object;

const pass: StateMaker = (next) => ({ Type: "Pass", ...next });

const shape = {
  jsonPath: (next: object): object => ({
    Type: "Pass",
    InputPath: "$.order",
    Parameters: { "id.$": "$.id", "first.$": "$.lines[0].sku", state: "checked" },
    ResultPath: "$.result",
    ...next,
  }),
  jsonata: (next: object): object => ({
    Type: "Pass",
    Output: {
      order: "{% $states.input.order %}",
      customer: "{% $states.input.customer %}",
      result: { id: "{% $states.input.order.id %}", first: "{% $states.input.order.lines[0].sku %}", state: "checked" },
    },
    ...next,
  }),
};

const choose = {
  jsonPath: (next: object): object => ({
    Type: "Choice",
    Choices: [
      { Variable: "$.customer.isNew", BooleanEquals: true, Next: nameOf(0) },
      {
        And: [
          { Variable: "$.order.total", NumericGreaterThan: 100 },
          { Variable: "$.customer.name", StringEquals: "Ada" },
        ],
        ...next,
      },
    ],
  }),
  jsonata: (next: object): object => ({
    Type: "Choice",
    Choices: [
      { Condition: "{% $states.input.customer.isNew %}", Next: nameOf(0) },
      { Condition: "{% $states.input.order.total > 100 and $states.input.customer.name = 'Ada' %}", ...next },
    ],
  }),
};

export const CHAINS: readonly Chain[] = [
  {
    title: "Pass without fields",
    jsonPath: chain(pass),
    jsonata: inJsonata(chain(pass)),
    input: ORDER,
    output: ORDER,
    transitions: CHAIN_LENGTH,
  },
  {
    title: "Pass that shapes its data",
    jsonPath: chain(shape.jsonPath),
    jsonata: inJsonata(chain(shape.jsonata)),
    input: ORDER,
    output: { ...ORDER, result: CHECKED },
    transitions: CHAIN_LENGTH,
  },
  {
    title: "Choice and Pass in turns",
    jsonPath: chain(choose.jsonPath, pass),
    jsonata: inJsonata(chain(choose.jsonata, pass)),
    input: ORDER,
    output: ORDER,
    transitions: CHAIN_LENGTH,
  },
  {
    title: `Choice and Pass, counting to ${COUNT_TO}`,
    jsonPath: loop({ Variable: "$.n", NumericLessThan: COUNT_TO }, { Parameters: { "n.$": "States.MathAdd($.n, 1)" } }),
    jsonata: inJsonata(
      loop({ Condition: `{% $states.input.n < ${COUNT_TO} %}` }, { Output: { n: "{% $states.input.n + 1 %}" } }),
    ),
    input: { n: 0 },
    output: { n: COUNT_TO },
    transitions: 2 * COUNT_TO + 2,
  },
];

/** Those states in turns, until there are enough; the last one ends. */
function chain(...makers: readonly StateMaker[]): object {
  const States: Record<string, object> = {};
  for (let n = 0; n < CHAIN_LENGTH; n += makers.length) {
    for (const [i, make] of makers.entries()) {
      States[nameOf(n + i)] = make(n + i === CHAIN_LENGTH - 1 ? { End: true } : { Next: nameOf(n + i + 1) });
    }
  }
  return { StartAt: nameOf(0), States };
}

function nameOf(n: number): string {
  return `State${n}`;
}

function loop(condition: object, count: object): object {
  return {
    StartAt: "Enough?",
    States: {
      "Enough?": { Type: "Choice", Choices: [{ ...condition, Next: "Count" }], Default: "Done" },
      Count: { Type: "Pass", ...count, Next: "Enough?" },
      Done: { Type: "Succeed" },
    },
  };
}

function inJsonata(definition: object): object {
  return { QueryLanguage: "JSONata", ...definition };
}
