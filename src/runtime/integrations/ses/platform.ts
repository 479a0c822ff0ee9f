/** E-mail as tasks send it, in a deployment. */
import type { Env } from "../../../env.ts";
import { mailOf } from "../../email/platform.ts";
import type { SesHost } from "./ses.ts";

export function sesOf(env: Env): SesHost {
  return { send: mailOf(env) };
}
