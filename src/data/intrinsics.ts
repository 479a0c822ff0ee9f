/**
 * Intrinsic functions: evaluates a call, inner calls and paths first.
 *
 * A failure names the whole expression as it was written, never the inner call that met it, as AWS does.
 * @see https://states-language.net/spec.html#intrinsic-functions
 */
import type { IntrinsicArgument, IntrinsicCall } from "../asl/intrinsic.ts";
import type { Json } from "../asl/json.ts";
import { spendOnValue } from "./effort.ts";
import { Arguments, intrinsicFailure } from "./intrinsic-arguments.ts";
import { contains, itemAt, partition, range, unique } from "./intrinsics-array.ts";
import { base64Decode, base64Encode, hash } from "./intrinsics-encoding.ts";
import { mathAdd, mathRandom } from "./intrinsics-math.ts";
import { format, jsonMerge, stringSplit, stringToJson } from "./intrinsics-text.ts";
import { evaluatePath, type PathScope } from "./json-path.ts";

/** What chance gives: the core draws nothing itself. */
export interface Entropy {
  /** In [0, 1). */
  random(): number;
  uuid(): string;
}

/** The value of the call; throws EvaluationError where an argument is missing or of the wrong kind. */
export function evaluateIntrinsic(call: IntrinsicCall, scope: PathScope, entropy: Entropy): Json {
  return evaluateCall(call, { scope, entropy, expression: call.source });
}

interface Evaluation {
  readonly scope: PathScope;
  readonly entropy: Entropy;
  /** The outermost call, as written. */
  readonly expression: string;
}

/** The depth of calls was bounded when they were parsed. */
function evaluateCall(call: IntrinsicCall, evaluation: Evaluation): Json {
  const values = call.arguments.map((argument) => evaluateArgument(argument, evaluation));
  // A function looks at all that it is given; States.Array alone, which only keeps it, can make little stand for much.
  for (const value of values) spendOnValue(evaluation.scope, value);
  const given = new Arguments(call.name, values, evaluation.expression);
  switch (call.name) {
    case "States.Format":
      return format(given);
    case "States.StringToJson":
      return stringToJson(given);
    case "States.JsonToString":
      return JSON.stringify(given.at(0));
    case "States.Array":
      return values;
    case "States.ArrayPartition":
      return partition(given);
    case "States.ArrayContains":
      return contains(given);
    case "States.ArrayRange":
      return range(given);
    case "States.ArrayGetItem":
      return itemAt(given);
    case "States.ArrayLength":
      return given.array(0).length;
    case "States.ArrayUnique":
      return unique(given);
    case "States.Base64Encode":
      return base64Encode(given);
    case "States.Base64Decode":
      return base64Decode(given);
    case "States.Hash":
      return hash(given);
    case "States.JsonMerge":
      return jsonMerge(given);
    case "States.MathRandom":
      return mathRandom(given, () => evaluation.entropy.random());
    case "States.MathAdd":
      return mathAdd(given);
    case "States.StringSplit":
      return stringSplit(given);
    case "States.UUID":
      return evaluation.entropy.uuid();
  }
}

function evaluateArgument(argument: IntrinsicArgument, evaluation: Evaluation): Json {
  switch (argument.kind) {
    case "literal":
      return argument.value;
    case "call":
      return evaluateCall(argument.call, evaluation);
    case "path": {
      const { path } = argument;
      const value = evaluatePath(path, evaluation.scope);
      if (value !== undefined) return value;
      // AWS names a path into the Context Object without its second `$`, and shows the state's input all the same.
      const field = path.root.kind === "context" ? path.source.slice(1) : path.source;
      const input = JSON.stringify(evaluation.scope.input);
      throw intrinsicFailure(
        evaluation.expression,
        `The JsonPath argument for the field '${field}' could not be found in the input '${input}'`,
      );
    }
  }
}
