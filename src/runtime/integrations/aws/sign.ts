/** Signature Version 4, over the body as well. */
import { AwsV4Signer } from "aws4fetch";
import type { HttpRequest } from "../http/exchange.ts";
import type { Endpoint } from "./endpoint.ts";
import type { WireRequest } from "./request.ts";
import type { AwsCredentials, AwsSettings } from "./settings.ts";

interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body?: string;
}

export async function signRequest(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { signingName: service, signingRegion: region }: Pick<Endpoint, "signingName" | "signingRegion">,
  { method, url, headers, body }: WireRequest,
): Promise<SignedRequest> {
  const hash = await sha256Hex(body ?? "");
  const signer = new AwsV4Signer({
    method,
    url,
    headers: { ...headers, "X-Amz-Content-Sha256": hash },
    ...(body !== undefined && { body }),
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    service,
    region,
  });
  const made = await signer.sign();
  return { method: made.method, url: made.url.href, headers: made.headers, ...(body !== undefined && { body }) };
}

/** Signs requests to APIs of API Gateway; undefined: there are no keys. */
export function gatewaySigner({
  credentials,
  region,
}: Pick<AwsSettings, "credentials" | "region">): ((request: HttpRequest) => Promise<HttpRequest>) | undefined {
  if (credentials === undefined) return undefined;
  return async (request) => {
    const { hostname } = new URL(request.url);
    const named = /\.execute-api\.(?<region>[\w-]+)\.amazonaws\.com/u.exec(hostname)?.groups?.["region"];
    const endpoint = { signingName: "execute-api", signingRegion: named ?? region };
    const { method, url, headers, body } = request;
    const wire = { method, url, headers: Object.fromEntries(new Headers(headers.map(([...pair]) => pair))), body };
    const signed = await signRequest(credentials, endpoint, wire);
    return { ...request, url: signed.url, headers: [...signed.headers] };
  };
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
