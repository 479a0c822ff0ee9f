/**
 * Calls of an execution's object that were lost, and with them maybe the object: it is told which event it was at.
 *
 * A new instance cannot know that the one before died of a callback, which its sender repeats. Whoever made the call knows.
 * So an object hears of it when it is back (poison-breaker); as long as no call is lost, nothing is asked or written.
 */
import type { Env } from "../env.ts";
import type { ExecutionRpc, LostEvent } from "./execution-rpc.ts";
import { isOutage, isOverload } from "./outage.ts";

type Call = (...values: readonly unknown[]) => Promise<unknown>;
type Reading = { readonly [Method in keyof ExecutionRpc]?: (...values: Parameters<ExecutionRpc[Method]>) => LostEvent };

/** The calls in which a state's expressions are evaluated, and that are made again until they are answered. */
const COMPUTING: Reading = {
  sendTaskSuccess: (taskToken) => ({ taskToken }),
  sendTaskFailure: (taskToken) => ({ taskToken }),
  decide: ({ taskId }) => ({ taskId }),
  childEnded: ({ taskId }) => ({ taskId }),
  mapRunEnded: () => ({ type: "MapRunEnded" }),
};

/** The object of that execution. */
export function executionAt(env: Env, executionArn: string): ExecutionRpc {
  return reportingLosses(() => env.EXECUTION.getByName(executionArn));
}

/** @param find finds the object; again after a loss: what was connected to the lost one is of no use any more */
export function reportingLosses(find: () => ExecutionRpc): ExecutionRpc {
  const object = find();
  return new Proxy(object, {
    get: (target, member) => {
      const lostEvent = Object.hasOwn(COMPUTING, member) ? COMPUTING[member as keyof ExecutionRpc] : undefined;
      if (lostEvent === undefined) return Reflect.get(target, member) as unknown;
      return async (...values: readonly unknown[]) => {
        try {
          return await (Reflect.get(target, member) as Call)(...values);
        } catch (error) {
          if (isOutage(error) && !isOverload(error))
            await report(find(), (lostEvent as (...x: unknown[]) => LostEvent)(...values));
          throw error;
        }
      };
    },
  });
}

/** Of two errors the caller gets the first: an object that is still out of reach hears of the next loss. */
async function report(object: ExecutionRpc, event: LostEvent): Promise<void> {
  try {
    await object.suspect(event);
  } catch (error) {
    console.error("stepflare: a lost call could not be reported", error);
  }
}
