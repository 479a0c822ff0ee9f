/** REST calls whose answers are held against the server's own OpenAPI document. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { validate } from "@hyperjump/json-schema/openapi-3-1";

import { ROUTES } from "../../src/api/rest/router.ts";

/** Tests look into it as they please. */
export type Json = ReturnType<typeof JSON.parse>;

export interface RestReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export class RestClient {
  readonly #fetch: Fetch;
  readonly #document: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "stepflare-rest-"));

  private constructor(fetch: Fetch, document: string) {
    this.#fetch = fetch;
    const file = join(this.#folder, "stepflare.openapi.json");
    writeFileSync(file, document);
    this.#document = pathToFileURL(file).href;
  }

  static async of(fetch: Fetch): Promise<RestClient> {
    return new RestClient(fetch, await (await fetch("/api/openapi.json", {})).text());
  }

  /** Throws where the answer is not what the document says of the route. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RestReply> {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const response = await this.#fetch(path, {
      method,
      headers: { ...json, ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const reply = {
      status: response.status,
      headers: response.headers,
      text,
      body: text === "" ? undefined : JSON.parse(text),
    };
    await this.#check(method, path, reply);
    return reply;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #check(method: string, path: string, { status, body, headers }: RestReply): Promise<void> {
    if (status >= 400) {
      if (headers.get("content-type") !== "application/problem+json") throw new Error(`${path} answers no problem`);
      return this.#hold("/components/schemas/Problem", body);
    }
    const pathname = new URL(path, "http://localhost").pathname;
    const matching = ROUTES.filter((x) => x.method === method && patternOf(x.path).test(pathname));
    // A path with a name in it also fits routes that have a parameter there.
    const [route] = matching.toSorted((a, b) => a.path.split("{").length - b.path.split("{").length);
    if (route === undefined) throw new Error(`there is no route for ${method} ${path}`);
    if (route.status !== status) throw new Error(`${method} ${path} answers ${status} instead of ${route.status}`);
    if (route.answer === undefined) return;
    const at = [route.path, method.toLowerCase(), "responses", String(status), "content", "application/json", "schema"];
    await this.#hold(`/paths/${at.map((x) => x.replaceAll("/", "~1")).join("/")}`, body);
  }

  async #hold(pointer: string, value: Json): Promise<void> {
    const output = await validate(`${this.#document}#${encodeURI(pointer)}`, value, "BASIC");
    if (!output.valid) throw new Error(`${pointer}: ${JSON.stringify(value)} is not that: ${JSON.stringify(output)}`);
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/gu, "[^/]+")}$`, "u");
}
