/** `r2:…`: an R2 bucket. Writing and deleting again changes nothing. @see https://developers.cloudflare.com/r2/api/workers/ */
import type { JsonObject } from "../../../asl/json.ts";
import { CloudflareFault } from "./bindings.ts";
import { contentTypeOf, readContent, writtenContent } from "./contents.ts";
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareActions } from "./request.ts";

const ADDRESS = { Bucket: "text", Key: "text" } as const;

export const r2: CloudflareActions = {
  getObject: action({ ...ADDRESS, Type: "text?" }, async ({ Bucket, Key, Type }, request) => {
    const type = contentTypeOf(Type);
    const found = await request.binding("r2", Bucket).get(Key);
    if (found === null) throw noSuchKey(Key);
    return { ...described(found), Body: await readContent(found.body, type, request.call.maxPayloadBytes) };
  }),

  headObject: action(ADDRESS, async ({ Bucket, Key }, request) => {
    const found = await request.binding("r2", Bucket).head(Key);
    if (found === null) throw noSuchKey(Key);
    return described(found);
  }),

  putObject: action(
    { ...ADDRESS, Body: "json", Type: "text?", HttpMetadata: "object?", CustomMetadata: "object?" },
    async ({ Bucket, Key, Body, Type, HttpMetadata, CustomMetadata }, request) => {
      const written = writtenContent(Body, contentTypeOf(Type), "Body");
      const stored = await request.binding("r2", Bucket).put(Key, written, {
        ...(HttpMetadata !== undefined && { httpMetadata: HttpMetadata as R2HTTPMetadata }),
        ...(CustomMetadata !== undefined && { customMetadata: CustomMetadata as Record<string, string> }),
      });
      return described(stored);
    },
  ),

  deleteObject: action(ADDRESS, async ({ Bucket, Key }, request) => {
    await request.binding("r2", Bucket).delete(Key);
    return {};
  }),

  listObjects: action(
    {
      Bucket: "text",
      Prefix: "text?",
      Delimiter: "text?",
      StartAfter: "text?",
      Limit: "number?",
      Cursor: "text?",
    },
    async ({ Bucket, Prefix, Delimiter, StartAfter, Limit, Cursor }, request) => {
      const listed = await request.binding("r2", Bucket).list({
        ...(Prefix !== undefined && { prefix: Prefix }),
        ...(Delimiter !== undefined && { delimiter: Delimiter }),
        ...(StartAfter !== undefined && { startAfter: StartAfter }),
        ...(Limit !== undefined && { limit: Limit }),
        ...(Cursor !== undefined && { cursor: Cursor }),
      });
      return {
        Objects: listed.objects.map(described),
        DelimitedPrefixes: listed.delimitedPrefixes,
        Truncated: listed.truncated,
        ...(listed.truncated && { Cursor: listed.cursor }),
      };
    },
  ),
};

function described({ key, version, size, etag, uploaded, httpMetadata, customMetadata }: R2Object): JsonObject {
  return {
    Key: key,
    Version: version,
    Size: size,
    ETag: etag,
    Uploaded: uploaded.toISOString(),
    HttpMetadata: jsonOf({ ...httpMetadata }),
    CustomMetadata: jsonOf({ ...customMetadata }),
  };
}

function noSuchKey(key: string): CloudflareFault {
  return new CloudflareFault("NoSuchKey", `The bucket has no object '${key}'.`);
}
