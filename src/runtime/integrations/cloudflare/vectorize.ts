/** `vectorize:…`: a Vectorize index. @see https://developers.cloudflare.com/vectorize/reference/client-api/ */
import type { Json, JsonArray } from "../../../asl/json.ts";
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareAction, type CloudflareActions, type CloudflareRequest } from "./request.ts";

export const vectorize: CloudflareActions = {
  /** Options are the platform's own: topK, filter, returnMetadata, … */
  query: action(
    { Index: "text", Vector: "list", Options: "object?" },
    async ({ Index, Vector, Options = {} }, request) => {
      const index = request.binding("vectorize", Index);
      const { matches, count } = await index.query(Vector as number[], Options);
      return { Matches: jsonOf(matches), Count: count };
    },
  ),

  insert: changing((index, vectors) => index.insert(vectors)),
  upsert: changing((index, vectors) => index.upsert(vectors)),

  getByIds: action({ Index: "text", Ids: "list" }, async ({ Index, Ids }, request) => ({
    Vectors: jsonOf(await request.binding("vectorize", Index).getByIds(Ids as string[])),
  })),

  deleteByIds: action({ Index: "text", Ids: "list" }, async ({ Index, Ids }, request) =>
    mutation(await request.binding("vectorize", Index).deleteByIds(Ids as string[])),
  ),
};

function changing(
  change: (index: Vectorize, vectors: VectorizeVector[]) => Promise<VectorizeAsyncMutation>,
): CloudflareAction {
  const perform = async (index: string, vectors: JsonArray, request: CloudflareRequest): Promise<Json> =>
    mutation(await change(request.binding("vectorize", index), vectors as unknown as VectorizeVector[]));
  return action({ Index: "text", Vectors: "list" }, ({ Index, Vectors }, request) => perform(Index, Vectors, request));
}

function mutation({ mutationId }: VectorizeAsyncMutation): Json {
  return { MutationId: mutationId };
}
