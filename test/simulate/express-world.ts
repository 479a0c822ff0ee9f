/** The world of an Express execution: nothing is stored, so nothing is lost but answers, and the clock jumps forwards. */
import type { Json } from "../../src/asl/json.ts";
import { Payload } from "../../src/data/payload.ts";
import { readConfig } from "../../src/env.ts";
import { runExpress, type ExpressHost, type ExpressOutcome } from "../../src/runtime/express-run.ts";
import { platformEntropy } from "../../src/runtime/entropy.ts";
import { failed, type TaskAnswer, type TaskCall } from "../../src/runtime/tasks/task-call.ts";
import { Dice } from "../engine/simulated-machine.ts";
import type { Led } from "./globals.ts";
import { MAIN_ARN, makeMachine, ROLE_ARN, type MadeMachine } from "./machine.ts";
import { Platform, shortName } from "./platform.ts";
import { expectSameEnd } from "./quiet.ts";
import { ExecutionRecord } from "./record.ts";
import { Reference } from "./reference.ts";
import { expectSoundHistory, foldedStatus } from "./rules.ts";
import type { SimulatedD1 } from "./simulated-d1.ts";
import type { Tally } from "./tally.ts";
import { historyLine, START_AT } from "./world.ts";

const MAX_STEPS = 5_000;

export class ExpressWorld implements Led {
  readonly platform: Platform;
  readonly entropy: Dice;
  readonly #dice: Dice;
  readonly #tally: Tally;
  readonly #made: MadeMachine;
  readonly #record: ExecutionRecord = new ExecutionRecord();
  readonly #calls: Set<string> = new Set();
  #broken: Error | undefined;

  constructor(seed: number, tally: Tally, d1: SimulatedD1, trace: ((line: string) => void) | undefined) {
    this.#dice = new Dice(seed);
    this.entropy = new Dice(seed ^ 0x5eed);
    this.#tally = tally;
    this.platform = new Platform({ dice: this.#dice, tally, d1, startAt: START_AT, trace });
    this.#made = makeMachine(this.#dice, true);
    this.platform.trace(JSON.stringify(this.#made));
  }

  hearError(line: readonly unknown[]): void {
    this.#broken ??= new Error(`it logs a defect: ${line.map(String).join(" ")}`);
  }

  async live(settle: () => Promise<void>): Promise<void> {
    const { definition, input } = this.#made;
    const ended: ExpressOutcome[] = [];
    const name = "run";
    const request = {
      version: 1,
      executionArn: `${MAIN_ARN.replace(":stateMachine:", ":express:")}:${name}:id`,
      name,
      stateMachineArn: MAIN_ARN,
      stateMachineName: shortName(MAIN_ARN),
      roleArn: ROLE_ARN,
      revisionId: "INITIAL",
      definition: JSON.stringify(definition),
      definitionUpdatedAt: START_AT,
      input: JSON.stringify(input),
      startedAt: START_AT,
    } as const;
    runExpress(this.#host(), request).then(
      (value) => ended.push(value),
      (error: unknown) => (this.#broken ??= error as Error),
    );
    await settle();
    for (let steps = 0; ended.length === 0 && this.#broken === undefined; steps++) {
      if (!this.platform.step() || steps > MAX_STEPS) throw new Error("12: it waits, and nothing will ever happen");
      await settle();
    }
    if (this.#broken !== undefined) throw this.#broken;
    const { events, branchOf, parents, execution } = this.#record;
    expectSoundHistory(events);
    if (execution === undefined || foldedStatus(events) !== ended[0]?.status) throw new Error("11: another status");
    const tally = this.#tally;
    const told = { definition, input: { ...input } as unknown as Json, name, events, branchOf, parents, tally };
    expectSameEnd(new Reference(told).run(), execution.outcome);
    tally.add("used: express");
  }

  #host(): ExpressHost {
    return {
      region: "us-east-1",
      now: () => this.platform.clock,
      setTimer: (milliseconds, fire) => {
        let isOver = false;
        this.platform.plan(milliseconds, "timer", () => {
          if (!isOver) fire();
        });
        return () => {
          isOver = true;
        };
      },
      entropy: platformEntropy(readConfig({})),
      performTask: (call) => this.#perform(call),
      record: (turn) => {
        for (const event of turn.result.history) this.platform.trace(`  ${historyLine(event)}`);
        try {
          this.#record.add(turn, undefined, this.platform.at);
        } catch (error) {
          this.#broken ??= error as Error;
        }
      },
      logDefect: (message, error) => this.hearError([message, error]),
    };
  }

  async #perform({ resource, idempotencyKey }: TaskCall): Promise<TaskAnswer> {
    const dice = this.#dice;
    if (this.#calls.has(idempotencyKey)) this.#broken ??= new Error(`8: ${idempotencyKey} is called twice`);
    this.#calls.add(idempotencyKey);
    await this.platform.sleep(dice.of([0, 1, 20, 500, 2_000, 6_000, 400_000]));
    if (dice.chance(0.1)) this.platform.skew += dice.of([900, 60_000]);
    if (dice.chance(0.25)) return failed(dice.of(["Boom", "Bang"]), "it broke");
    const answer = dice.of<Json>([{ x: dice.between(1, 99) }, null, "text", [1, [2]], []]);
    return { kind: "succeeded", output: Payload.of(resource.kind === "lambda" ? answer : { Payload: answer }) };
  }
}
