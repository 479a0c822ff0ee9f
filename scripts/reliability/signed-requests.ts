/** Requests signed by the usual signers, none of which is ours. */
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import aws4 from "aws4";
import { AwsV4Signer } from "aws4fetch";
import { ApiError } from "../../src/api/api-error.ts";
import { readSignature } from "../../src/api/auth/authorization-header.ts";
import { signatureCheck } from "../../src/api/auth/signature-check.ts";

export interface SignedParts {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export const ACCESS_KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const;

/** Signs a call of the service, at the present moment. */
export type Signer = (url: string, operation: string, body: string) => Promise<SignedParts>;

const JSON_1_0 = "application/x-amz-json-1.0";
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const lowered = (headers: Iterable<readonly [string, string]>): Record<string, string> =>
  Object.fromEntries(Array.from(headers, ([name, value]) => [name.toLowerCase(), value]));

export const SIGNERS: Readonly<Record<string, Signer>> = {
  aws4: async (url, operation, body) => {
    const { host } = new URL(url);
    const headers = { "Content-Type": JSON_1_0, "X-Amz-Target": `AWSStepFunctions.${operation}` };
    const options = { host, path: "/", method: "POST", service: "states", region: "us-east-1", headers, body };
    const signed = aws4.sign(options, ACCESS_KEY);
    const texts = Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
    return { method: "POST", url, headers: lowered(texts), body: bytesOf(body) };
  },
  aws4fetch: async (url, operation, body) => {
    const headers = { "content-type": JSON_1_0, "x-amz-target": `AWSStepFunctions.${operation}` };
    const wish = { url, method: "POST", headers, body, service: "states", region: "us-east-1", ...ACCESS_KEY };
    const signed = await new AwsV4Signer(wish).sign();
    const host = ["host", new URL(url).host] as const;
    return { method: "POST", url, headers: lowered([host, ...signed.headers]), body: bytesOf(body) };
  },
  "@aws-sdk/client-sfn": async (url, _operation, body) => {
    let parts: SignedParts | undefined;
    const client = new SFNClient({
      endpoint: url,
      region: "us-east-1",
      credentials: ACCESS_KEY,
      maxAttempts: 1,
      requestHandler: {
        handle: async (request: { readonly headers: Record<string, string>; readonly body: Uint8Array }) => {
          parts = {
            method: "POST",
            url,
            headers: lowered(Object.entries(request.headers)),
            body: new Uint8Array(request.body),
          };
          throw new Error("it is not sent");
        },
      },
    });
    await client
      .send(new StartExecutionCommand(JSON.parse(body) as { stateMachineArn: string }))
      .catch(() => undefined);
    if (parts === undefined) throw new Error("the SDK made no request");
    return parts;
  },
};

/** Whether the request would be let in, if the key is known. What is no HTTP request is not. */
export async function isAccepted({ method, url, headers, body }: SignedParts): Promise<boolean> {
  try {
    const request = new Request(url, { method, headers, ...(method === "POST" && { body }) });
    const kept = new Headers(headers);
    // Node's Request drops the host; a server's has it.
    const asServed = new Proxy(request, {
      get: (target, member) => (member === "headers" ? kept : Reflect.get(target, member, target)),
    });
    const signature = readSignature(headers["authorization"] ?? "", kept, Date.now());
    if (signature.accessKeyId !== ACCESS_KEY.accessKeyId) return false;
    await signatureCheck()(asServed, body, signature, ACCESS_KEY.secretAccessKey, []);
    return true;
  } catch (error) {
    // A TypeError: it is no request at all.
    if (error instanceof ApiError || error instanceof TypeError) return false;
    throw error;
  }
}
