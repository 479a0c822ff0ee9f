/** The page on reliability says what the records say, and the README no more than the page. */
import { expect, test } from "vitest";
import { reliabilityPage, unknownFigures } from "../../scripts/reliability/page.ts";

const PAGE = reliabilityPage([
  {
    program: "chaos",
    command: "npm run chaos",
    commit: "abc1234",
    date: "2026-11-21T15:00:00.000Z",
    machine: "2 cores",
    seconds: 220,
    figures: { executions: 10_000, lost: 0, "boot after a kill": "300 on average" },
  },
]);

test("a record is a section with its command, its commit and its figures", () => {
  expect(PAGE).toContain("## chaos");
  expect(PAGE).toContain("`npm run chaos` at commit `abc1234` on 2026-11-21, 220 s on 2 cores.");
  expect(PAGE).toContain("| executions | 10,000 |");
  expect(PAGE).toContain("| lost: acknowledged, and not there or not run | 0 |");
});

test("a figure of the README's section that the page does not hold is found; other sections may say what they like", () => {
  const readme = (text: string): string =>
    `# Stepflare\n\nNode 20.\n\n## Reliability\n\n${text}\n\n## More\n\nPort 8787.\n`;
  expect(unknownFigures(readme("10,000 executions, 0 lost, in 220 s."), PAGE)).toEqual([]);
  expect(unknownFigures(readme("20,000 executions, 0 lost."), PAGE)).toEqual(["20,000"]);
  expect(unknownFigures("# Stepflare\n\nNode 20.\n", PAGE)).toEqual([]);
});
