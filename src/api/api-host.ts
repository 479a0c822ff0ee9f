/** Where the API runs: what makes of a request something that operations work with. */
import type { Admitted } from "./auth/door.ts";
import type { Principal } from "./auth/principal.ts";
import type { ApiContext, KeepAlive } from "./context.ts";

export interface ApiHost<Bindings> {
  /** Finds out who sent the request, or throws an ApiError. @param protocol `wire`: AWS's, whose clients sign */
  admit(request: Request, env: Bindings, protocol: "wire" | "rest", keepAlive: KeepAlive): Promise<Admitted>;
  contextOf(env: Bindings, principal: Principal, keepAlive: KeepAlive): ApiContext;
}
