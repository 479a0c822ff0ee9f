/** The Maps that bench/map.ts measures. */

const PASS = { StartAt: "A", States: { A: { Type: "Pass", End: true } } };
const TASK = {
  StartAt: "A",
  States: { A: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:same", End: true } },
};

/** Items from an object, results into one. */
export const DISTRIBUTED = {
  StartAt: "M",
  States: {
    M: {
      Type: "Map",
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        ReaderConfig: { InputType: "JSONL" },
        Parameters: { "Bucket.$": "$.bucket", "Key.$": "$.key" },
      },
      ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" }, ...PASS },
      ResultWriter: {
        Resource: "arn:aws:states:::s3:putObject",
        Parameters: { "Bucket.$": "$.bucket", Prefix: "results" },
        WriterConfig: { OutputType: "JSONL", Transformation: "COMPACT" },
      },
      End: true,
    },
  },
} as const;

export function itemOf(index: number): object {
  return { index, name: `item ${index}`, price: (index % 1000) / 10, tags: ["bench", "map"] };
}

export interface InlineMap {
  readonly name: string;
  readonly title: string;
  readonly definition: object;
  /** How many items, from few to many. */
  readonly sizes: readonly number[];
}

export const INLINE: readonly InlineMap[] = [
  inline("pass", "1 Pass", PASS, [1_000, 10_000]),
  inline("task", "1 Task on a function of the Worker", TASK, [100, 1_000, 10_000]),
];

function inline(name: string, title: string, ItemProcessor: object, sizes: InlineMap["sizes"]): InlineMap {
  return { name, title, definition: { StartAt: "M", States: { M: { Type: "Map", ItemProcessor, End: true } } }, sizes };
}
