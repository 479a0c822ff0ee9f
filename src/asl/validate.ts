/**
 * Everything that is wrong with a definition: faults that AWS refuses it for, and what a good linter warns of.
 *
 * V1. A definition without an ERROR may be created. Warnings refuse nothing.
 * V2. The rules look at a machine whose form is sound; where it is not, only the form is spoken of.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
 */
import type { Diagnostic } from "./diagnostic.ts";
import { parseDefinition } from "./parse.ts";
import { warnOfActions } from "./rules/actions.ts";
import { checkExpress, checkExpressChildren } from "./rules/express.ts";
import { checkLabels } from "./rules/labels.ts";
import { warnOfPayloads } from "./rules/payloads.ts";
import { warnOfRecovery } from "./rules/recovery.ts";
import { warnOfSecrets } from "./rules/secrets.ts";
import { warnOfStaticValues } from "./rules/static-values.ts";
import { checkTaskLinks } from "./rules/task-links.ts";
import { checkTransitions } from "./rules/transitions.ts";
import { checkVariables } from "./rules/variables.ts";
import { warnOfWaiting } from "./rules/waiting.ts";
import type { StateMachine } from "./types.ts";

export type StateMachineType = "STANDARD" | "EXPRESS";

export type ValidatedDefinition =
  | { readonly machine: StateMachine; readonly diagnostics: readonly Diagnostic[] }
  | { readonly machine?: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Absent: AWS's. */
export interface DefinitionQuotas {
  readonly maxCharacters?: number;
  /** Of an input or output, which warnings speak of. */
  readonly maxPayloadBytes?: number;
}

/** The machine, if the definition may be created, and everything to be said about it. */
export function validateDefinition(
  text: string,
  type: StateMachineType = "STANDARD",
  quotas: DefinitionQuotas = {},
): ValidatedDefinition {
  const { machine, diagnostics } = parseDefinition(text, quotas.maxCharacters);
  if (machine === undefined || diagnostics.some(isError)) return { diagnostics };
  const found = [
    ...diagnostics,
    ...checkTransitions(machine),
    ...checkVariables(machine),
    ...checkLabels(machine),
    ...(type === "EXPRESS" ? checkExpress(machine) : checkExpressChildren(machine)),
    ...checkTaskLinks(machine),
    ...warnOfRecovery(machine),
    ...warnOfWaiting(machine),
    ...warnOfPayloads(machine, quotas.maxPayloadBytes),
    ...warnOfStaticValues(machine),
    ...warnOfActions(machine),
    ...warnOfSecrets(text),
  ];
  return found.some(isError) ? { diagnostics: found } : { machine, diagnostics: found };
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === "ERROR";
}
