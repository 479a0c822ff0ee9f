/** Whether a request of a Worker was signed as it says. */
import { ApiError } from "../api-error.ts";
import { coversEnough, isSignedWith, sha256Hex, signingKey, type Signature, type SignedRequest } from "./sigv4.ts";

/** Throws InvalidSignatureException. */
export type CheckSignature = (
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  signature: Signature,
  secret: string,
  hosts: readonly string[],
) => Promise<void>;

/** Keys of a day for a service; making one is four HMACs. */
const MAX_SIGNING_KEYS = 100;

export function signatureCheck(): CheckSignature {
  const signingKeys = new Map<string, CryptoKey>();
  return async (request, body, signature, secret, hosts) => {
    const bodyHash = await sha256Hex(body);
    // A request that says UNSIGNED-PAYLOAD, or that its body comes signed in chunks, says something else than the hash.
    const statedHash = request.headers.get("x-amz-content-sha256") ?? bodyHash;
    if (statedHash !== bodyHash) throw mismatch();
    const name = [signature.accessKeyId, signature.date, signature.region, signature.service].join("/");
    const key = signingKeys.get(name) ?? (await signingKey(secret, signature));
    for (const asSigned of possiblySigned(request, hosts)) {
      if (!coversEnough(signature.signedHeaders, asSigned)) throw mismatch();
      if (await isSignedWith(key, signature, asSigned, bodyHash)) {
        if (signingKeys.size >= MAX_SIGNING_KEYS) signingKeys.clear();
        signingKeys.set(name, key);
        return;
      }
    }
    throw mismatch();
  };
}

/** As it came, then for each of the other hosts it may have been signed for. */
function* possiblySigned(request: Request, hosts: readonly string[]): Generator<SignedRequest> {
  const { pathname, search, host } = new URL(request.url);
  const headers = new Map(request.headers);
  // Cloudflare asks the Worker for other encodings than the client asked for.
  const encoding = request.cf?.["clientAcceptEncoding"];
  if (typeof encoding === "string" && headers.has("accept-encoding")) headers.set("accept-encoding", encoding);
  for (const signedFor of [headers.get("host") ?? host, ...hosts]) {
    headers.set("host", signedFor);
    yield { method: request.method, path: pathname, query: search.slice(1), headers: [...headers] };
  }
}

function mismatch(): ApiError {
  return new ApiError(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and " +
      "signing method. Consult the service documentation for details.",
  );
}
