/** The page: counts, and a table for each part of the surface. */
import type { Chapter, Claim, State, Table } from "./claim.ts";

const STATES: readonly State[] = ["done", "differs", "not yet"];

const HEAD = `# What is done, and where it is shown

Made by \`npm run coverage:docs\` of the catalogue in \`scripts/coverage\`; \`npm run check\` refuses a page that is older than the catalogue, an entry without its test, and a name in the code without an entry.

- **done**: it behaves as AWS does, as far as we know, and the named tests show it.
- **differs**: it works, not quite as on AWS; the reason stands beside it.
- **not yet**: what happens instead stands beside it.

A test is named by its file below \`test\` and by its title, or that of the suite around it. \`conformance/recorded\` compares whole histories with answers recorded on AWS besides, where a folder with recordings is at hand.
`;

export function pageOf(chapters: readonly Chapter[]): string {
  const counts = chapters.map(({ title, tables }) => {
    const claims = tables.flatMap((x) => Object.values(x.claims));
    return [title, ...STATES.map((state) => claims.filter((x) => x.state === state).length)] as const;
  });
  const total = STATES.map((_, i) => counts.reduce((sum, row) => sum + Number(row[i + 1]), 0));
  const rows = [...counts, ["**all**", ...total.map((x) => `**${x}**`)]];
  return [HEAD, markdownTable(["", ...STATES], rows), ...chapters.map(chapterText)].join("\n");
}

function chapterText({ title, about, tables }: Chapter): string {
  const texts = tables.map((table) => `### ${table.title}\n\n${tableText(table)}`);
  return [`## ${title}\n`, ...(about === undefined ? [] : [`${about}\n`]), texts.join("\n")].join("\n");
}

function tableText({ what, claims, languages }: Table): string {
  const rows = Object.entries(claims).map(([name, claim]) => ({
    name,
    cells: [...(languages ? [languages[name] ?? ""] : []), stateText(claim), evidenceText(claim)],
  }));
  const grouped: { names: string[]; cells: readonly string[] }[] = [];
  for (const { name, cells } of rows) {
    const last = grouped.at(-1);
    if (last?.cells.join("|") === cells.join("|")) last.names.push(name);
    else grouped.push({ names: [name], cells });
  }
  return markdownTable(
    [what, ...(languages ? ["only in"] : []), "state", "shown by"],
    grouped.map(({ names, cells }) => [names.map(nameText).join(", "), ...cells]),
  );
}

/** Code, but for what only tells two entries apart. */
function nameText(name: string): string {
  const [code = "", rest = ""] = name.split(/(?= \()/u);
  return /^[\w$.&:*-]+$/u.test(code) ? `\`${code}\`${rest}` : name;
}

function stateText({ state, note }: Claim): string {
  const shown = state === "done" ? state : `**${state}**`;
  return note === undefined ? shown : `${shown}: ${note}`;
}

function evidenceText({ tests }: Claim): string {
  const files = new Map<string, string[]>();
  for (const { file, title } of tests) files.set(file, [...(files.get(file) ?? []), title]);
  return [...files].map(([file, titles]) => `\`${file}\`: ${titles.map(shownTitle).join("; ")}`).join(" · ");
}

const shownTitle = (title: string): string =>
  title
    .replaceAll(" > ", " › ")
    .replaceAll(/%(?:\.\d+)?[sijd]/gu, "…")
    .replaceAll(/\$\{[^}]*\}/gu, "…")
    .replaceAll(/[*_<]/gu, String.raw`\$&`);

function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((x) => String(x).replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}
