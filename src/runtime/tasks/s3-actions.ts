/** The actions on objects, with the results that S3 gives. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { keyIn } from "../objects/buckets.ts";
import { crc32Base64 } from "../objects/crc32.ts";
import { keyOf, storageClassOf } from "../objects/list-objects.ts";
import { conditionFailed, noSuchKey, S3Fault, type S3Action, type S3Request } from "./s3-request.ts";

/** Parameters that R2 keeps with an object, and its own names for them. */
const KEPT = {
  CacheControl: "cacheControl",
  ContentDisposition: "contentDisposition",
  ContentEncoding: "contentEncoding",
  ContentLanguage: "contentLanguage",
  ContentType: "contentType",
} as const;

/** R2 encrypts everything with AES-256. */
const ENCRYPTED = { ServerSideEncryption: "AES256" } as const;
const ADDRESS = ["Bucket", "Key"];
const CONDITIONS = ["IfMatch", "IfNoneMatch"];

export const getObject: S3Action = {
  required: ADDRESS,
  optional: ["Range", ...CONDITIONS],
  texts: [...ADDRESS, "Range", ...CONDITIONS],
  perform: async (request) => {
    const range = request.text("Range");
    const found = await request.bucket.r2.get(request.key(), {
      onlyIf: conditionsOf(request),
      ...(range !== undefined && { range: new Headers({ range }) }),
    });
    if (found === null) throw noSuchKey();
    if (!("body" in found)) {
      throw request.text("IfNoneMatch") === undefined
        ? conditionFailed()
        : new S3Fault("S3Exception", "Not Modified", 304);
    }
    const ContentLength = lengthOf(found);
    if (ContentLength <= request.maxPayloadBytes)
      return { ...describe(found), ContentLength, Body: await found.text() };
    await found.body.cancel();
    // A body that no result has room for: the state fails because of the result's size, whatever is in it.
    return { ...describe(found), ContentLength, Body: " ".repeat(request.maxPayloadBytes) };
  },
};

/** Of the part that was asked for. */
function lengthOf({ range, size }: R2ObjectBody): number {
  const { offset = 0, length = size, suffix }: { offset?: number; length?: number; suffix?: number } = range ?? {};
  return suffix === undefined ? Math.min(length, size - offset) : Math.min(suffix, size);
}

export const headObject: S3Action = {
  required: ADDRESS,
  optional: [],
  texts: ADDRESS,
  perform: async ({ bucket, key }) => {
    const found = await bucket.r2.head(key());
    if (found === null) throw noSuchKey();
    return describe(found);
  },
};

export const putObject: S3Action = {
  required: ADDRESS,
  optional: ["Body", "Metadata", ...Object.keys(KEPT), ...CONDITIONS],
  texts: [...ADDRESS, ...Object.keys(KEPT), ...CONDITIONS],
  perform: async (request) => {
    const body = memberOf(request.parameters, "Body");
    // Any JSON value is written as its JSON text, a string with its quotes.
    const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
    const stored = await request.bucket.r2.put(request.key(), bytes, {
      httpMetadata: keptOf(request),
      customMetadata: metadataOf(request),
      onlyIf: conditionsOf(request),
    });
    if (stored === null) throw conditionFailed();
    return {
      ChecksumCRC32: crc32Base64(bytes),
      ChecksumType: "FULL_OBJECT",
      ETag: stored.httpEtag,
      ...ENCRYPTED,
    };
  },
};

export const deleteObject: S3Action = {
  required: ADDRESS,
  optional: [],
  texts: ADDRESS,
  perform: async ({ bucket, key }) => {
    await bucket.r2.delete(key());
    return {};
  },
};

export const copyObject: S3Action = {
  required: [...ADDRESS, "CopySource"],
  optional: [],
  texts: [...ADDRESS, "CopySource"],
  perform: async (request) => {
    const [, source = "", key = ""] = /^\/?([^/]*)\/(.*)$/su.exec(request.text("CopySource") ?? "") ?? [];
    const from = request.buckets(source);
    const found = await from.r2.get(keyIn(from, decoded(key)));
    if (found === null) throw noSuchKey();
    const { httpMetadata = {}, customMetadata = {} } = found;
    const stored = await request.bucket.r2.put(request.key(), found.body, { httpMetadata, customMetadata });
    return { CopyObjectResult: { ETag: stored.httpEtag, LastModified: instantOf(stored) }, ...ENCRYPTED };
  },
};

const LIST_OPTIONS = ["Prefix", "Delimiter", "StartAfter", "ContinuationToken"];
const MAX_KEYS = 1000;

export const listObjectsV2: S3Action = {
  required: ["Bucket"],
  optional: [...LIST_OPTIONS, "MaxKeys"],
  texts: ["Bucket", ...LIST_OPTIONS],
  perform: async ({ bucket, parameters, text }) => {
    const maxKeys = memberOf(parameters, "MaxKeys");
    const MaxKeys = typeof maxKeys === "number" && maxKeys > 0 && maxKeys < MAX_KEYS ? Math.trunc(maxKeys) : MAX_KEYS;
    const [Prefix, Delimiter, StartAfter] = [text("Prefix") ?? "", text("Delimiter"), text("StartAfter")];
    const cursor = text("ContinuationToken");
    const page = await bucket.r2.list({
      prefix: bucket.prefix + Prefix,
      limit: MaxKeys,
      ...(Delimiter !== undefined && { delimiter: Delimiter }),
      ...(cursor !== undefined ? { cursor } : StartAfter !== undefined && { startAfter: bucket.prefix + StartAfter }),
    });
    const Contents = page.objects.map((found) => ({
      ETag: found.httpEtag,
      Key: keyOf(bucket, found),
      LastModified: instantOf(found),
      Size: found.size,
      StorageClass: storageClassOf(found),
    }));
    const CommonPrefixes = page.delimitedPrefixes.map((prefix) => ({ Prefix: prefix.slice(bucket.prefix.length) }));
    return {
      ...(Delimiter !== undefined && { CommonPrefixes, Delimiter }),
      Contents,
      IsTruncated: page.truncated,
      KeyCount: Contents.length + CommonPrefixes.length,
      MaxKeys,
      Name: bucket.name,
      ...(page.truncated && { NextContinuationToken: page.cursor }),
      Prefix,
    };
  },
};

function describe(found: R2Object): JsonObject {
  const { httpMetadata = {}, customMetadata = {} } = found;
  const kept = Object.entries(KEPT).flatMap(([name, own]): [string, Json][] => {
    const value = httpMetadata[own];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    AcceptRanges: "bytes",
    ContentLength: found.size,
    // As S3 has it for objects of which nobody said anything.
    ContentType: "binary/octet-stream",
    ...Object.fromEntries(kept),
    ETag: found.httpEtag,
    LastModified: instantOf(found),
    Metadata: customMetadata,
    ...ENCRYPTED,
  };
}

/** To the second, as S3 has it. */
function instantOf({ uploaded }: R2Object): string {
  return uploaded.toISOString().replace(/\.\d+Z$/u, "Z");
}

function conditionsOf({ text }: S3Request): Headers {
  const headers = new Headers();
  const [match, noneMatch] = [text("IfMatch"), text("IfNoneMatch")];
  if (match !== undefined) headers.set("if-match", match);
  if (noneMatch !== undefined) headers.set("if-none-match", noneMatch);
  return headers;
}

function keptOf({ text }: S3Request): R2HTTPMetadata {
  const given = Object.entries(KEPT).flatMap(([name, own]) => {
    const value = text(name);
    return value === undefined ? [] : [[own, value] as const];
  });
  return { contentType: "text/plain; charset=UTF-8", ...Object.fromEntries(given) };
}

function metadataOf({ parameters }: S3Request): Record<string, string> {
  const given = memberOf(parameters, "Metadata");
  if (!isObject(given)) return {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    throw new S3Fault("S3Exception", "The CopySource is not percent-encoded UTF-8", 400);
  }
}
