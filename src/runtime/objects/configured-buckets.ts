/** The buckets that the settings give. */
import { readConfig, type Env } from "../../env.ts";
import { bucketsIn, type Buckets } from "./buckets.ts";

export function bucketsOf(env: Env): Buckets {
  return (name) => bucketsIn(env.OBJECTS, readConfig(env).buckets, (binding) => findR2Binding(env, binding))(name);
}

function findR2Binding(env: Env, name: string): R2Bucket | undefined {
  const binding = (env as unknown as Record<string, unknown>)[name];
  const isR2 = typeof binding === "object" && binding !== null && "createMultipartUpload" in binding;
  return isR2 ? (binding as R2Bucket) : undefined;
}
