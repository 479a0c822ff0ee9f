/** `npm run fuzz:sigv4`: requests of three signers with a byte changed, or something added; none of them may be accepted. */
import { parseArgs } from "node:util";
import { writeRecord } from "./record.ts";
import { isAccepted, SIGNERS, type SignedParts } from "./signed-requests.ts";

export interface FlipCount {
  readonly tried: number;
  /** What was accepted although it was changed. */
  readonly accepted: readonly string[];
}

const BODY = '{"stateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:orders","input":"{\\"n\\":1}"}';

/** Changes of a request that must not count, `count` of them for each signer; @param seed makes the same ones again */
export async function flipSignedRequests(count: number, seed: number): Promise<FlipCount> {
  const accepted: string[] = [];
  const random = randomFrom(seed);
  let tried = 0;
  for (const [name, sign] of Object.entries(SIGNERS)) {
    const url = "https://states.example.com:8443/";
    let signed = await sign(url, "StartExecution", BODY);
    for (let i = 0; i < count; i++) {
      // Signatures age.
      if (i % 5000 === 0) {
        signed = await sign(url, "StartExecution", BODY);
        if (!(await isAccepted(signed))) throw new Error(`${name}: the request as it was signed is not accepted`);
      }
      const { what, parts } = changed(signed, random);
      tried++;
      if (await isAccepted(parts)) accepted.push(`${name}: ${what}`);
    }
  }
  return { tried, accepted };
}

function changed(signed: SignedParts, random: () => number): { readonly what: string; readonly parts: SignedParts } {
  const { headers, body } = signed;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const kind = pick(["body", "header", "header", "authorization", "authorization", "method", "path", "query", "added"]);
  switch (kind) {
    case "body": {
      const flipped = body.slice();
      const at = Math.floor(random() * body.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 + Math.floor(random() * 255));
      return { what: `byte ${at} of the body`, parts: { ...signed, body: flipped } };
    }
    case "method":
      return { what: kind, parts: { ...signed, method: pick(["GET", "PUT", "post ", "PATCH", "DELETE"]) } };
    case "path":
      return { what: kind, parts: { ...signed, url: signed.url + pick(["x", "a/b", "%2F", "..%2f", "0"]) } };
    case "query":
      return { what: kind, parts: { ...signed, url: `${signed.url}?${pick(["a", "a=b", "X-Amz-Date=1", "=", "%"])}` } };
    case "added": {
      const name = `x-amz-${pick(["security-token", "content-sha256", "meta", "target2", "user-agent2"])}`;
      return { what: `${name} added`, parts: { ...signed, headers: { ...headers, [name]: `v${random()}` } } };
    }
    default: {
      const name = kind === "authorization" ? kind : pick(signedHeadersOf(headers));
      const value = headers[name] ?? "";
      const at = Math.floor(random() * value.length);
      const other = String.fromCharCode(value.charCodeAt(at) ^ (1 + Math.floor(random() * 255)));
      const text = value.slice(0, at) + other + value.slice(at + 1);
      return { what: `${name}: ${text}`, parts: { ...signed, headers: { ...headers, [name]: text } } };
    }
  }
}

function signedHeadersOf(headers: SignedParts["headers"]): readonly string[] {
  return /SignedHeaders=([^,]+)/u.exec(headers["authorization"] ?? "")?.[1]?.split(";") ?? [];
}

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { flips: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
  });
  const startedAt = Date.now();
  const signers = Object.keys(SIGNERS).length;
  const { tried, accepted } = await flipSignedRequests(Math.ceil(Number(values.flips) / signers), Number(values.seed));
  const command = `npm run fuzz:sigv4 -- --flips ${values.flips} --seed ${values.seed}`;
  const record = writeRecord("sigv4", command, startedAt, {
    signers,
    "requests changed": tried,
    accepted: accepted.length,
  });
  console.log(record.figures, accepted.slice(0, 20));
  process.exitCode = accepted.length === 0 ? 0 : 1;
}
