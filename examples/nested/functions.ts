/** A shop: what articles cost, and on which shelves they lie. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, listIn, numberIn, textIn } from "../input.ts";

const SHELVES: Readonly<Record<string, string>> = { lamp: "B4", bulb: "A1" };

const addUpArticles: FunctionHandler = (input) => ({
  totalCents: listIn(input, "articles").reduce<number>(
    (sum, article) => sum + numberIn(article, "count") * numberIn(article, "unitCents"),
    0,
  ),
});

const pickArticles: FunctionHandler = (input) => ({
  shelves: listIn(input, "articles").map((article) => shelfOf(textIn(article, "name"))),
});

function shelfOf(name: string): string {
  const shelf = Object.hasOwn(SHELVES, name) ? SHELVES[name] : undefined;
  if (shelf === undefined) throw errorNamed("NoSuchArticle", `There is no '${name}' on any shelf.`);
  return shelf;
}

export const nestedFunctions: Readonly<Record<string, FunctionHandler>> = {
  "add-up-articles": addUpArticles,
  "pick-articles": pickArticles,
};
