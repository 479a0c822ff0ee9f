/** Paths, filters and intrinsic functions that would hang or fill the isolate. */
import type { Json } from "../../src/asl/json.ts";
import { numbers, zeros } from "./words.ts";

const nest = (levels: number): Json => numbers(levels).reduce<Json>((inner) => ({ a: inner }), 1);
const rows = zeros(40_000);
const big = { rows, one: zeros(30_000), other: zeros(30_000), text: "x".repeat(60_000) };
const again = (what: string): string => Array.from({ length: 20_000 }, () => what).join(",");
export const CALL_DATA = { text: "x".repeat(250_000), list: numbers(30_000) };
export const arrays = (levels: number): string => (levels === 0 ? "$" : `States.Array(${again10(arrays(levels - 1))})`);
const again10 = (what: string): string => Array.from({ length: 6 }, () => what).join(",");
const holes = (count: number): string => `States.Format('${"{}".repeat(count)}'${", $.text".repeat(count)})`;

/** Each fails, in counted steps. */
export const RUNAWAY_PATHS: readonly [what: string, path: string, input: Json][] = [
  ["it descends again and again", "$..a..a..a", nest(1000)],
  ["it descends from everything it met", "$..*..*..*", nest(500)],
  ["it asks for one item many times", `$[*][${again("0")}]`, numbers(20_000).map((x) => [x])],
  ["it asks for one member many times", `$[*][${again("'a'")}]`, numbers(20_000).map((a) => ({ a }))],
  ["it cuts slices of one array many times", `$[${again("0")}][::1]`, [zeros(1000)]],
  ["it compares every item with every other", "$[?(@ nin $)]", numbers(20_000)],
  ["it compares two arrays for every item", "$.rows[?($.one == $.other)]", big],
  ["it looks for an array in arrays for every item", "$.rows[?($.one in $.lists)]", { ...big, lists: [big.other] }],
  ["it adds up all items for every item", "$.rows[?($.rows.sum() == 1)]", big],
  [
    "it counts the members of an object for every item",
    "$.rows[?($.o.keys() size 1)]",
    { rows, o: Object.assign({}, zeros(9000)) },
  ],
  ["it searches a text for every item", "$.rows[?($.text contains 'xxxxxxxxxxxxxy')]", big],
  ["it matches a text for every item", "$.rows[?($.text =~ /(x+x+)+y/)]", big],
  ["it matches a large pattern", "$[?(@ =~ /(?:y?){200}y{200}[zx]/)]", zeros(500).map(() => "y".repeat(500))],
  ["it filters within filters", "$.rows[?($.rows[?($.rows[?(@ == 1)] == 2)] == 3)]", big],
  [
    "it walks a long way for every item",
    `$.rows[?($${".a".repeat(900)} == 1)]`,
    { rows: zeros(120_000), ...(nest(950) as object) },
  ],
];

export const RUNAWAY_CALLS: readonly [what: string, call: string, input?: Json][] = [
  ["a range of millions", "States.ArrayRange(1, 100000000, 1)"],
  ["a range without an end", "States.ArrayRange(-9007199254740991, 9007199254740991, 1)"],
  ["a range that does not move", "States.ArrayRange(1, 9, 0)"],
  ["parts of nothing", "States.ArrayPartition($.list, 0)", CALL_DATA],
  ["parts of less than nothing", "States.ArrayPartition($.list, -1)", CALL_DATA],
  ["a text of texts", holes(9), CALL_DATA],
  ["a text of thousands of texts", holes(2000), CALL_DATA],
  ["the text of arrays that share a value", `States.JsonToString(${arrays(4)})`, CALL_DATA],
  ["the hash of arrays that share a value", `States.Hash(${arrays(4)}, 'MD5')`, CALL_DATA],
  ["unique items of arrays that share a value", `States.ArrayUnique(${arrays(4)})`, CALL_DATA],
  ["a search in arrays that share a value", `States.ArrayContains(${arrays(4)}, 1)`, CALL_DATA],
  ["the text of what nests too deeply", "States.StringToJson($)", "[".repeat(2000) + "]".repeat(2000)],
  ["Base64 of millions", "States.Base64Encode($.text)", CALL_DATA],
];
