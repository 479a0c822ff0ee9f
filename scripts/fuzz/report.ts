/** What a part of the fuzzing found: how often each kind of thing happened, and what must not have happened. */
export interface Finding {
  /** What to do to see it again. */
  readonly again: string;
  readonly what: string;
}

export class Report {
  readonly kinds: Map<string, number> = new Map();
  readonly findings: Finding[] = [];
  trials = 0;

  count(kind: string): void {
    this.trials += 1;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  find(again: string, what: string): void {
    this.trials += 1;
    this.findings.push({ again, what });
  }

  print(title: string, seconds: number): void {
    console.log(`${title}: ${this.trials} trials in ${seconds.toFixed(1)} s, ${this.findings.length} findings`);
    const kinds = [...this.kinds].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
    console.log(`  ${kinds.join(", ")}`);
    for (const { again, what } of this.findings.slice(0, 10)) console.log(`  ${again}: ${what.slice(0, 1500)}`);
  }
}
