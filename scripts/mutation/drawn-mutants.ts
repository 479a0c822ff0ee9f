/**
 * A checker for Stryker that lets through a part of the mutants, drawn by chance but always the same ones for a seed: all of
 * them take hours. The part is MUTATION_SHARE (0 to 1), the seed MUTATION_SEED.
 */
import { createHash } from "node:crypto";
import { type CheckResult, CheckStatus, type Checker } from "@stryker-mutator/api/check";
import type { Mutant } from "@stryker-mutator/api/core";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

class DrawnMutants implements Checker {
  readonly #share = Number(process.env["MUTATION_SHARE"] ?? "1");
  readonly #seed = process.env["MUTATION_SEED"] ?? "1";

  init(): Promise<void> {
    return Promise.resolve();
  }

  check(mutants: Mutant[]): Promise<Record<string, CheckResult>> {
    return Promise.resolve(
      Object.fromEntries(
        mutants.map((mutant): [string, CheckResult] => [
          mutant.id,
          this.#isDrawn(mutant)
            ? { status: CheckStatus.Passed }
            : { status: CheckStatus.CompileError, reason: "not drawn" },
        ]),
      ),
    );
  }

  group(mutants: Mutant[]): Promise<string[][]> {
    return Promise.resolve([mutants.map(({ id }) => id)]);
  }

  #isDrawn({ fileName, location, mutatorName, replacement }: Mutant): boolean {
    const name = JSON.stringify([
      this.#seed,
      fileName.replace(/^.*\/src\//u, "src/"),
      location,
      mutatorName,
      replacement,
    ]);
    return createHash("sha256").update(name).digest().readUInt32BE(0) / 2 ** 32 < this.#share;
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, "drawn", DrawnMutants)];
