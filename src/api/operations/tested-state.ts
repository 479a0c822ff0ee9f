/** The state that TestState is asked to test: the definition itself, or one state of a whole machine, however deep. */
import { errorAt, type Diagnostic } from "../../asl/diagnostic.ts";
import { jsonSyntaxFault } from "../../asl/json-syntax.ts";
import { parseDefinition } from "../../asl/parse.ts";
import { everyState } from "../../asl/rules/walk.ts";
import type { State } from "../../asl/types.ts";
import { validateDefinition } from "../../asl/validate.ts";
import { ApiError } from "../api-error.ts";
import { invalidDefinition } from "./definitions.ts";

/** What the context object and error texts call a state under test, whatever its name is. */
export const TESTED_STATE = "StateName";

export function testedState(definition: string, stateName: string | undefined, maxCharacters: number): State {
  const state =
    stateName === undefined ? soleState(definition, maxCharacters) : stateOf(definition, stateName, maxCharacters);
  return { ...state, Name: TESTED_STATE };
}

/** Where the state leads is nobody's business here. */
function soleState(definition: string, maxCharacters: number): State {
  const fault = jsonSyntaxFault(definition);
  if (fault !== undefined) throw invalidDefinition([fault]);
  const machine = `{"StartAt":"${TESTED_STATE}","States":{"${TESTED_STATE}":${definition}}}`;
  const { machine: parsed, diagnostics } = parseDefinition(machine, maxCharacters);
  const errors = diagnostics.filter((x) => x.severity === "ERROR").map(withoutMachine);
  const state = parsed?.States.get(TESTED_STATE);
  if (errors.length > 0 || state === undefined) throw invalidDefinition(errors);
  return state;
}

/** The location in the state's own text, rather than in the machine that was put around it. */
function withoutMachine(diagnostic: Diagnostic): Diagnostic {
  const location = diagnostic.location?.replace(`/States/${TESTED_STATE}`, "") ?? "";
  return errorAt(location, diagnostic.message, diagnostic.severity === "ERROR" ? diagnostic.code : undefined);
}

function stateOf(definition: string, name: string, maxCharacters: number): State {
  const { machine, diagnostics } = validateDefinition(definition, "STANDARD", { maxCharacters });
  if (machine === undefined) throw invalidDefinition(diagnostics);
  const found = everyState(machine).find((x) => x.state.Name === name);
  if (found === undefined) throw new ApiError("ValidationException", "State not found in definition");
  return found.state;
}
