/** Topics as tasks reach them, in a deployment. */
import type { Env } from "../../../env.ts";
import { topicsOf } from "../../messages/platform.ts";
import type { SnsHost } from "./sns.ts";

export function snsOf(env: Env): SnsHost {
  return { publish: topicsOf(env), now: () => Date.now() };
}
