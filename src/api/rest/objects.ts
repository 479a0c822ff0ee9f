/**
 * Objects: what Maps read and write, as people and tools put it there and fetch it.
 *
 * O1. Bodies are handed on as they come and never held as a whole.
 * O2. What is in an object is its owner's, not this origin's: a browser that shows one runs nothing of it here.
 */
import { keyIn, ObjectFault, type Bucket } from "../../runtime/objects/buckets.ts";
import { keyOf, listObjects } from "../../runtime/objects/list-objects.ts";
import { PartWriter } from "../../runtime/objects/part-writer.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import { badRequest, Refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { COUNT, INSTANT, object, pageOf, TEXT } from "./schema.ts";

const LIST_PATH = "/api/objects/{bucket}";
const PATH = "/api/objects/{bucket}/{key}";

const OBJECT = object("Object", { key: TEXT, size: COUNT, etag: TEXT, lastModified: INSTANT });

export const OBJECT_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: LIST_PATH,
    id: "ListObjects",
    summary: "Lists the objects of a bucket by their keys",
    query: [{ name: "prefix", description: "Only keys that begin so", schema: TEXT }, LIMIT, CURSOR],
    resource: objectResource,
    status: 200,
    answer: pageOf("Objects", "objects", OBJECT),
    handle: (request) => answered(() => listPage(request)),
  },
  {
    method: "GET",
    path: PATH,
    id: "GetObject",
    summary: "Fetches an object, or a Range of it; HEAD fetches its headers",
    query: [],
    resource: objectResource,
    status: 200,
    bytes: "answer",
    handle: (request) => answered(() => getObject(request)),
  },
  {
    method: "PUT",
    path: PATH,
    id: "PutObject",
    summary: "Puts an object; its Content-Type and the other headers that describe it are kept",
    query: [],
    resource: objectResource,
    status: 200,
    bytes: "request",
    answer: OBJECT,
    handle: (request) => answered(() => putObject(request)),
  },
  {
    method: "DELETE",
    path: PATH,
    id: "DeleteObject",
    summary: "Deletes an object, if it is there",
    query: [],
    resource: objectResource,
    status: 204,
    handle: (request) =>
      answered(async () => {
        const { bucket, key } = addressOf(request);
        await bucket.r2.delete(keyIn(bucket, key));
        return new Response(null, { status: 204 });
      }),
  },
];

async function answered(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof ObjectFault)) throw error;
    return problem(error.code === "NoSuchBucket" ? 500 : 400, error.message);
  }
}

interface Address {
  readonly bucket: Bucket;
  readonly key: string;
}

function addressOf(request: RestRequest): Address {
  const { bucket, key } = placeOf(request.request);
  return { bucket: request.context.buckets(bucket), key };
}

/** The key is all that follows the bucket, slashes included. It is read off the URL: routers take some keys for others. */
function placeOf(request: Request): { readonly bucket: string; readonly key: string } {
  const [name = "", ...segments] = new URL(request.url).pathname.slice("/api/objects/".length).split("/");
  try {
    return { bucket: decodeURIComponent(name), key: decodeURIComponent(segments.join("/")) };
  } catch (error) {
    if (error instanceof URIError) throw badRequest("The URL is not percent-encoded UTF-8");
    throw error;
  }
}

/** As S3 names it; a bucket's own name where the key is empty. */
function objectResource({ request }: Pick<RestRequest, "request">): string {
  const { bucket, key } = placeOf(request);
  return `arn:aws:s3:::${bucket}${key === "" ? "" : `/${key}`}`;
}

async function listPage(request: RestRequest): Promise<Response> {
  const { bucket } = addressOf(request);
  const prefix = request.query.get("prefix") ?? "";
  const scope = `objects/${bucket.name}/${prefix}`;
  const page = await listObjects(bucket, prefix, readCursor(scope, request.query), readLimit(request.query));
  const objects = page.objects.map((found) => show(keyOf(bucket, found), found));
  return jsonResponse(JSON.stringify({ objects, ...nextCursorOf(scope, page.after) }));
}

function show(key: string, { size, httpEtag, uploaded }: R2Object): object {
  return { key, size, etag: httpEtag, lastModified: uploaded.toISOString() };
}

/** Above this an object is put in parts. */
const MAX_SINGLE_PUT_BYTES = 4_000_000_000;
const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

async function putObject(request: RestRequest): Promise<Response> {
  const { bucket, key } = addressOf(request);
  const { headers, body } = request.request;
  const length = headers.get("content-length");
  const isSingle = body === null || (length !== null && Number(length) <= MAX_SINGLE_PUT_BYTES);
  if (isSingle) {
    const stored = await bucket.r2.put(keyIn(bucket, key), body ?? "", { httpMetadata: headers, onlyIf: headers });
    return stored === null ? conditionFailed() : jsonResponse(JSON.stringify(show(key, stored)));
  }
  if (CONDITIONS.some((name) => headers.has(name))) return problem(411, "A conditional PUT needs a Content-Length");
  return jsonResponse(JSON.stringify(show(key, await putInParts(bucket, key, body, headers))));
}

function conditionFailed(): Response {
  return problem(412, "The object is not as the request demands");
}

async function putInParts(bucket: Bucket, key: string, body: ReadableStream, headers: Headers): Promise<R2Object> {
  const writer = new PartWriter(bucket.r2, keyIn(bucket, key), headers);
  try {
    for await (const chunk of body as ReadableStream<Uint8Array>) await writer.write(chunk);
    return await writer.finish();
  } catch (error) {
    await writer.giveUp();
    throw error;
  }
}

async function getObject(request: RestRequest): Promise<Response> {
  const { bucket, key } = addressOf(request);
  const { method, headers } = request.request;
  const at = keyIn(bucket, key);
  const found = method === "HEAD" ? await bucket.r2.head(at) : await findObject(bucket, at, headers);
  if (found === null) return problem(404, `There is no object '${key}' in bucket '${bucket.name}'`);
  const answer = headersOf(found);
  if (!hasBody(found)) {
    if (method === "HEAD") return new Response(null, { headers: answer });
    const isStale = headers.has("if-match") || headers.has("if-unmodified-since");
    return isStale ? conditionFailed() : new Response(null, { status: 304, headers: answer });
  }
  const range = headers.has("range") ? extentOf(found) : undefined;
  if (range === undefined) return new Response(found.body, { headers: answer, ...AS_STORED });
  answer.set("content-range", `bytes ${range.from}-${range.to}/${found.size}`);
  answer.set("content-length", String(range.to - range.from + 1));
  return new Response(found.body, { status: 206, headers: answer, ...AS_STORED });
}

/** A body with a Content-Encoding has it already: the platform must not compress it once more. */
const AS_STORED = { encodeBody: "manual" } as const;

function hasBody(found: R2Object): found is R2ObjectBody {
  return "body" in found;
}

/** With conditions and ranges as HTTP has them, which R2 reads itself. */
async function findObject(bucket: Bucket, at: string, headers: Headers): Promise<R2ObjectBody | R2Object | null> {
  try {
    return await bucket.r2.get(at, { onlyIf: headers, ...(headers.has("range") && { range: headers }) });
  } catch (error) {
    if (error instanceof Error && /range/iu.test(error.message))
      throw new Refusal(problem(416, "There is no such Range of the object"));
    throw error;
  }
}

function headersOf(found: R2Object): Headers {
  const headers = new Headers({
    "accept-ranges": "bytes",
    "content-length": String(found.size),
    "content-security-policy": "sandbox",
    "content-type": "application/octet-stream",
    etag: found.httpEtag,
    "last-modified": found.uploaded.toUTCString(),
    "x-content-type-options": "nosniff",
  });
  found.writeHttpMetadata(headers);
  return headers;
}

/** The first and the last byte of the range; undefined: R2 gives the whole object, as the local one does for a range beyond it. */
function extentOf({ range, size }: R2ObjectBody): { readonly from: number; readonly to: number } | undefined {
  if (range === undefined) return undefined;
  // The local R2 has all three members, whether or not they have a value.
  const { offset = 0, length = size, suffix }: { offset?: number; length?: number; suffix?: number } = range;
  const from = suffix === undefined ? offset : Math.max(0, size - suffix);
  const to = (suffix === undefined ? Math.min(size, offset + length) : size) - 1;
  return from === 0 && to === size - 1 ? undefined : { from, to };
}
