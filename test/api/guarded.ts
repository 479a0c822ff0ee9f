/** An API behind the real door, with keys, policies and a Cloudflare Access of its own. */
import aws4 from "aws4";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose";
import { createDoor, type Door } from "../../src/api/auth/door.ts";
import { hashOf, newAccessKey, newBearerKey, type AccessKey } from "../../src/api/auth/key-texts.ts";
import { readAccessSettings, type AccessEnv } from "../../src/api/auth/settings.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { Fixture, SECRET_KEYS, type ReplyBody } from "./fixture.ts";

export const HOST = "https://states.example.com";
export const TEAM = "team.cloudflareaccess.com";
export const AUDIENCE = "a1b2c3d4e5f60718";

export interface StoredOptions {
  readonly name?: string;
  readonly policy?: string | object;
  readonly accountId?: string;
  readonly expiresAt?: number;
  readonly disabledAt?: number;
}

export interface Call {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReplyBody & { readonly detail?: string; readonly exception?: string };
}

export class Guarded {
  readonly api: Fixture = new Fixture();
  /** Certificates of Access that were fetched. */
  fetched = 0;
  /** What Access answers instead of its keys. */
  accessAnswer: Response | undefined;
  /** Settles what goes on after an answer. */
  readonly background: Promise<unknown>[] = [];
  readonly #door: Door;
  #accessKeys: Promise<{ readonly privateKey: CryptoKey; readonly jwks: string }> | undefined;

  constructor(env: AccessEnv = { SECRET_KEYS }) {
    const settings = readAccessSettings(env);
    this.#door = createDoor(() => this.api.at, (async (url: string) => this.#certificates(url)) as typeof fetch);
    this.api.admit = (request, _env, protocol) =>
      this.#door(request, {
        settings,
        db: this.api.context.db,
        protocol,
        maxBodyBytes: 1_000_000,
        keepAlive: (work) => void this.background.push(work),
      });
  }

  accessKey(options: StoredOptions = {}): AccessKey {
    const key = newAccessKey();
    const sealed = createSealer(SECRET_KEYS).seal(key.secretAccessKey, "access-key");
    this.#store(key.accessKeyId, "access", sealed, options);
    return key;
  }

  bearerKey(options: StoredOptions = {}): string {
    const { id, token } = newBearerKey("live");
    this.#store(id, "bearer", hashOf(token), options);
    return token;
  }

  #store(id: string, kind: string, secret: string, options: StoredOptions): void {
    const { name = "ann", policy = "admin", accountId = "123456789012", expiresAt = null, disabledAt = null } = options;
    const text = typeof policy === "string" ? policy : JSON.stringify(policy);
    this.api.db.database
      .prepare("INSERT INTO access_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)")
      .run(id, accountId, name, kind, text, secret, this.api.at, expiresAt, disabledAt);
  }

  /** Headers of a signed call. @param at when it was signed */
  signed(
    key: AccessKey,
    operation: string,
    body: string,
    at: number = this.api.at,
    service = "states",
  ): Record<string, string> {
    const { host } = new URL(HOST);
    const date = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
    const headers = {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `AWSStepFunctions.${operation}`,
      "X-Amz-Date": date,
    };
    const signed = aws4.sign({ host, path: "/", method: "POST", service, region: "us-east-1", headers, body }, key);
    return Object.fromEntries(Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]));
  }

  async call(operation: string, input: object, key: AccessKey, at?: number, service?: string): Promise<Call> {
    const body = JSON.stringify(input);
    return this.send("/", { method: "POST", headers: this.signed(key, operation, body, at, service), body });
  }

  async send(path: string, init: RequestInit = {}): Promise<Call> {
    // Node's Request drops the host, which a server's has.
    const response = await this.api.fetch(HOST + path, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? {} : (JSON.parse(text) as Call["body"]),
    };
  }

  /** What Access would put on a request. */
  async assertion(
    claims: JWTPayload,
    more: { audience?: string; issuer?: string; expiresIn?: number; key?: CryptoKey; kid?: string } = {},
  ): Promise<string> {
    const now = Math.floor(this.api.at / 1000);
    const { privateKey } = await this.#keys();
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: more.kid ?? "one" })
      .setIssuedAt(now - 10)
      .setNotBefore(now - 10)
      .setExpirationTime(now + (more.expiresIn ?? 600))
      .setIssuer(more.issuer ?? `https://${TEAM}`)
      .setAudience(more.audience ?? AUDIENCE)
      .sign(more.key ?? privateKey);
  }

  async #certificates(url: string): Promise<Response> {
    this.fetched++;
    if (url !== `https://${TEAM}/cdn-cgi/access/certs`) throw new Error(`unexpected: ${url}`);
    if (this.accessAnswer !== undefined) return this.accessAnswer;
    return new Response((await this.#keys()).jwks, { headers: { "content-type": "application/json" } });
  }

  #keys(): Promise<{ readonly privateKey: CryptoKey; readonly jwks: string }> {
    this.#accessKeys ??= (async () => {
      const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
      const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
      return { privateKey, jwks: JSON.stringify({ keys: [jwk] }) };
    })();
    return this.#accessKeys;
  }
}
