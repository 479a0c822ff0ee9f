/** The door to the outside and its keys, of a deployment's settings. */
import { readConfig, type Env } from "../../env.ts";
import { authorizeBy, type Authorize } from "../connections/authorize.ts";
import { findConnection } from "../connections/connection.ts";
import type { TokenMemory } from "../connections/oauth.ts";
import { outboundSender, type SendOutbound } from "./send.ts";

/** Of this isolate, for each deployment in it. */
const tokens: WeakMap<D1Database, TokenMemory> = new WeakMap();

/** Reads the settings only when something leaves. */
export function outboundOf(env: Env): { readonly send: SendOutbound; readonly authorize: Authorize } {
  const send: SendOutbound = (url, init) => outboundSender(readConfig(env).outbound)(url, init);
  const memory = tokens.get(env.CATALOGUE) ?? new Map();
  tokens.set(env.CATALOGUE, memory);
  return {
    send,
    authorize: authorizeBy({
      findConnection: (name) => findConnection(env.CATALOGUE, readConfig(env).sealer, name),
      send,
      tokens: memory,
      now: () => Date.now(),
    }),
  };
}
