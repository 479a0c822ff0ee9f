/** Random sequences of the API's operations answer what a model of AWS's documented behavior foretells. */
import { expect, test } from "vitest";
import { checkAgainstModel } from "./commands.ts";

test("sequences of thirty operations on state machines, versions, aliases, tags, activities and executions", async () => {
  await expect(checkAgainstModel(150, 30, 1)).resolves.toBeUndefined();
});
