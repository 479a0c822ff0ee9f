/**
 * How many requests led to each other until this one: a task's request says so in a header, and whoever starts an execution
 * because of it passes that on. It ends state machines that call themselves over HTTP.
 */

export const DEPTH_HEADER = "Stepflare-Depth";

/** The deepest request that is made. */
export const MAX_DEPTH = 5;

/** Of a request that came in; undefined: no task of a state machine is behind it. */
export function readCallDepth(headers: Headers): number | undefined {
  const depth = headers.get(DEPTH_HEADER);
  return depth !== null && /^[1-9]\d{0,8}$/u.test(depth) ? Number(depth) : undefined;
}
