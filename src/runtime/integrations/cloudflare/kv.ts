/** `kv:…`: a KV namespace. Writing and deleting again changes nothing. @see https://developers.cloudflare.com/kv/api/ */
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareActions } from "./request.ts";
import { contentTypeOf, readContent, writtenContent } from "./contents.ts";

export const kv: CloudflareActions = {
  /** Without a Value where there is none. */
  get: action({ Namespace: "text", Key: "text", Type: "text?" }, async ({ Namespace, Key, Type }, request) => {
    const type = contentTypeOf(Type);
    const { value, metadata } = await request.binding("kv", Namespace).getWithMetadata(Key, { type: "stream" });
    if (value === null) return {};
    const Value = await readContent(value, type, request.call.maxPayloadBytes);
    return { Value, ...(metadata !== null && { Metadata: jsonOf(metadata) }) };
  }),

  put: action(
    {
      Namespace: "text",
      Key: "text",
      Value: "json",
      Type: "text?",
      Expiration: "number?",
      ExpirationTtl: "number?",
      Metadata: "json?",
    },
    async ({ Namespace, Key, Value, Type, Expiration, ExpirationTtl, Metadata }, request) => {
      const written = writtenContent(Value, contentTypeOf(Type), "Value");
      await request.binding("kv", Namespace).put(Key, written, {
        ...(Expiration !== undefined && { expiration: Expiration }),
        ...(ExpirationTtl !== undefined && { expirationTtl: ExpirationTtl }),
        ...(Metadata !== undefined && { metadata: Metadata }),
      });
      return {};
    },
  ),

  delete: action({ Namespace: "text", Key: "text" }, async ({ Namespace, Key }, request) => {
    await request.binding("kv", Namespace).delete(Key);
    return {};
  }),

  list: action(
    { Namespace: "text", Prefix: "text?", Limit: "number?", Cursor: "text?" },
    async ({ Namespace, Prefix, Limit, Cursor }, request) => {
      const listed = await request.binding("kv", Namespace).list({
        ...(Prefix !== undefined && { prefix: Prefix }),
        ...(Limit !== undefined && { limit: Limit }),
        ...(Cursor !== undefined && { cursor: Cursor }),
      });
      return {
        Keys: jsonOf(listed.keys),
        ListComplete: listed.list_complete,
        ...(!listed.list_complete && { Cursor: listed.cursor }),
      };
    },
  ),
};
