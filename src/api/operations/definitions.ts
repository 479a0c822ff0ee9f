/**
 * What is said about a definition: to whoever asks, and to whoever wants to create a state machine of it.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
 */
import type { Diagnostic } from "../../asl/diagnostic.ts";
import { everyState } from "../../asl/rules/walk.ts";
import type { StateMachine } from "../../asl/types.ts";
import { validateDefinition, type DefinitionQuotas, type StateMachineType } from "../../asl/validate.ts";
import { machineOfDefinition } from "../../runtime/machine-cache.ts";
import { ApiError } from "../api-error.ts";
import type { Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { ValidateStateMachineDefinitionInput } from "../inputs.ts";

const MAX_DIAGNOSTICS = 100;

/** Warnings only where severity asks for them. `maxResults` 0 means the default, 100. */
export async function validateStateMachineDefinition(
  context: ApiContext,
  { definition, type, severity, maxResults }: ValidateStateMachineDefinitionInput,
): Promise<Output> {
  const all = validateDefinition(definition, type, definitionQuotas(context)).diagnostics;
  const isFault = (x: Diagnostic): boolean => x.severity === "ERROR";
  const shown = severity === "WARNING" ? all : all.filter(isFault);
  const limit = maxResults === undefined || maxResults === 0 ? MAX_DIAGNOSTICS : maxResults;
  return {
    result: all.some(isFault) ? "FAIL" : "OK",
    diagnostics: shown.slice(0, limit).map(({ severity: own, code, message, location }) => ({
      severity: own,
      code,
      message,
      ...(location !== undefined && { location }),
    })),
    truncated: shown.length > limit,
  };
}

/** The machine that may be created; refuses a definition with an ERROR. */
export function checkDefinition(context: ApiContext, definition: string, type: StateMachineType): StateMachine {
  const { machine, diagnostics } = validateDefinition(definition, type, definitionQuotas(context));
  if (machine === undefined) throw invalidDefinition(diagnostics);
  return machine;
}

function definitionQuotas({ quotas }: ApiContext): DefinitionQuotas {
  return { maxCharacters: quotas.DefinitionCharacters, maxPayloadBytes: quotas.PayloadBytes };
}

/** In AWS's form: one fault in quotes, several each in quotes of their own besides; warnings left out. */
export function invalidDefinition(diagnostics: readonly Diagnostic[]): ApiError {
  const texts = diagnostics.filter((x) => x.severity === "ERROR").map(showDiagnostic);
  const shown = texts.length === 1 ? texts.join("") : texts.map((text) => `'${text}'`).join(", ");
  return new ApiError("InvalidDefinition", `Invalid State Machine Definition: '${shown}'`);
}

/** AWS shows a missing location as null; the message of a text that is not JSON holds its location already. */
function showDiagnostic({ code, message, location }: Diagnostic): string {
  return location !== undefined && message.endsWith(location)
    ? `${code}: ${message}`
    : `${code}: ${message} at ${location ?? "null"}`;
}

/** The variables that the states read, by state name; absent where none does, and where the definition is not shown. */
export function variableReferences(definition: string, includedData: string | undefined): Output {
  const machine = includedData === "METADATA_ONLY" ? undefined : machineOfDefinition(definition);
  if (machine === undefined) return {};
  const references = everyState(machine).flatMap(({ state }) =>
    state.variables === undefined ? [] : [[state.Name, state.variables] as const],
  );
  return references.length === 0 ? {} : { variableReferences: Object.fromEntries(references) };
}
