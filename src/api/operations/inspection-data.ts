/**
 * What TestState shows of a state's data on its way, at the levels DEBUG and TRACE.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
 */
import type { State } from "../../asl/types.ts";
import type { Payload } from "../../data/payload.ts";
import type { Stage } from "../../data/scope.ts";
import type { Inspection } from "../../engine/test-state.ts";
import type { Output } from "../aws-json.ts";

export function inspectionData(state: State, input: Payload, inspection: Inspection): Output {
  const { stages, result, map, errorDetails, variables } = inspection;
  const hidden = hiddenStages(state);
  const shown = [...stages].filter(([stage]) => !hidden.includes(stage));
  return {
    input: input.text,
    ...Object.fromEntries(shown.map(([stage, payload]) => [stage, payload.text])),
    ...(result && { result: result.text }),
    ...map,
    ...(errorDetails && { errorDetails }),
    ...(Object.keys(variables).length > 0 && { variables: JSON.stringify(variables) }),
  };
}

/** AWS does not show what goes into a mocked Parallel, nor what a Pass with a Result does not use. */
function hiddenStages(state: State): readonly Stage[] {
  const isUnused = state.Type === "Parallel" || (state.Type === "Pass" && state.Result !== undefined);
  return isUnused ? ["afterInputPath", "afterParameters", "afterArguments"] : [];
}
