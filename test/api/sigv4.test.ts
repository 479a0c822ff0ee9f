/** Signatures: AWS's published examples, what the usual signers make, and what nobody made. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { coversEnough, isSignedWith, signingKey } from "../../src/api/auth/sigv4.ts";
import { flipSignedRequests } from "../../scripts/reliability/sigv4-flips.ts";
import { isAccepted, SIGNERS } from "../../scripts/reliability/signed-requests.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

describe("AWS's test suite", () => {
  /** The suite's key, day and service. */
  const scope = { accessKeyId: "AKIDEXAMPLE", date: "20150830", region: "us-east-1", service: "service" };
  const moment = "20150830T123600Z";
  const VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
  const POSTED = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
  const HOST = ["host", "example.amazonaws.com"] as const;
  const DATE = ["x-amz-date", moment] as const;
  const UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  type Header = readonly [string, string];
  const mine = (...values: readonly string[]): readonly Header[] => values.map((value) => ["my-header1", value]);
  const FORM: Header = ["content-type", "application/x-www-form-urlencoded"];
  const FORM_UTF8: Header = ["content-type", "application/x-www-form-urlencoded; charset=utf8"];

  interface Vector {
    readonly method?: string;
    readonly path?: string;
    readonly query?: string;
    readonly headers?: readonly Header[];
    readonly unsigned?: readonly Header[];
    readonly body?: string;
    readonly signature: string;
  }
  const VECTORS: Readonly<Record<string, Vector>> = {
    "get-vanilla": { signature: VANILLA },
    "get-vanilla-query": { signature: VANILLA },
    "get-vanilla-empty-query-key": {
      query: "Param1=value1",
      signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    },
    "get-vanilla-query-order-key-case": {
      query: "Param2=value2&Param1=value1",
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    },
    "get-vanilla-query-order-key": {
      query: "Param1=value2&Param1=Value1",
      signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
    },
    "get-vanilla-query-order-value": {
      query: "Param1=value2&Param1=value1",
      signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
    },
    "get-vanilla-query-unreserved": {
      query: `${UNRESERVED}=${UNRESERVED}`,
      signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    },
    "get-vanilla-utf8-query": {
      query: "ሴ=bar",
      signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    },
    "get-unreserved": {
      path: `/${UNRESERVED}`,
      signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    },
    "get-utf8": { path: "/ሴ", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
    "get-header-key-duplicate": {
      headers: mine("value2", "value2", "value1"),
      signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    },
    "get-header-value-order": {
      headers: mine("value4", "value1", "value3", "value2"),
      signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    },
    "get-header-value-trim": {
      headers: [
        ["my-header1", "   value1"],
        ["my-header2", '   "a   b   c"'],
      ],
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    },
    "get-header-value-multiline": {
      headers: mine("value1", "value2", "value3"),
      signature: "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
    },
    "get-relative": { path: "/example/..", signature: VANILLA },
    "get-relative-relative": { path: "/example1/example2/../..", signature: VANILLA },
    "get-slash": { path: "//", signature: VANILLA },
    "get-slash-dot-slash": { path: "/./", signature: VANILLA },
    "get-slash-pointless-dot": {
      path: "/./example",
      signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
    },
    "get-slashes": {
      path: "//example//",
      signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    },
    "get-space": {
      path: "/example space/",
      signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    },
    "post-vanilla": { method: "POST", signature: POSTED },
    "post-vanilla-query": {
      method: "POST",
      query: "Param1=value1",
      signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    },
    "post-vanilla-empty-query-value": {
      method: "POST",
      query: "Param1=value1",
      signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    },
    "post-header-key-case": { method: "POST", signature: POSTED },
    "post-header-key-sort": {
      method: "POST",
      headers: mine("value1"),
      signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    },
    "post-header-value-case": {
      method: "POST",
      headers: mine("VALUE1"),
      signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    },
    "post-x-www-form-urlencoded": {
      method: "POST",
      headers: [FORM],
      body: "Param1=value1",
      signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    },
    "post-x-www-form-urlencoded-parameters": {
      method: "POST",
      headers: [FORM_UTF8],
      body: "Param1=value1",
      signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    },
    "post-sts-header-before": {
      method: "POST",
      headers: [
        [
          "x-amz-security-token",
          "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
        ],
      ],
      signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    },
  };

  const signatureOf = async (vector: Vector): Promise<boolean> => {
    const { method = "GET", path = "/", query = "", headers = [], body = "", signature } = vector;
    const all = [HOST, DATE, ...headers];
    const signedHeaders = [...new Set(all.map(([name]) => name))].sort();
    const stated = { ...scope, moment, signedHeaders, signature };
    const request = { method, path, query, headers: [...all, ...(vector.unsigned ?? [])] };
    const hash = createHash("sha256").update(body).digest("hex");
    if (!coversEnough(signedHeaders, request)) return false;
    return isSignedWith(await signingKey(SECRET, stated), stated, request, hash);
  };

  test.each(Object.keys(VECTORS))("%s is accepted", async (name) => {
    expect(await signatureOf(VECTORS[name]!)).toBe(true);
  });

  test("post-sts-header-after is refused: its session token is not signed, and anybody could have put it there", async () => {
    const unsigned: readonly Header[] = [["x-amz-security-token", "AQoDYXdzEPT"]];
    expect(await signatureOf({ method: "POST", unsigned, signature: POSTED })).toBe(false);
  });

  test("no vector's signature is another's", async () => {
    for (const [name, vector] of Object.entries(VECTORS)) {
      const signature = vector.signature === VANILLA ? POSTED : VANILLA;
      expect([name, await signatureOf({ ...vector, signature })]).toEqual([name, false]);
    }
  });
});

describe("what other signers sign", () => {
  const input = '{"stateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:a"}';
  const urls = [
    "https://states.example.com/",
    "http://localhost:8787/",
    "http://127.0.0.1:9100/",
    "https://stepflare.example.workers.dev:8443/",
  ];
  const cases = Object.keys(SIGNERS).flatMap((signer) => urls.map((url) => [signer, url] as const));

  test.each(cases)("%s, for %s, is accepted", async (signer, url) => {
    expect(await isAccepted(await SIGNERS[signer]!(url, "StartExecution", input))).toBe(true);
  });

  test("and nothing of it can be changed", async () => {
    expect(await flipSignedRequests(1000, 7)).toEqual({ tried: 3000, accepted: [] });
  });

  test.each(["\u000b", "\t", "\u00a0", ""])("and the scheme's name ends with a space, not with %j", async (end) => {
    const signed = await SIGNERS["aws4"]!(urls[0]!, "StartExecution", input);
    const authorization = signed.headers["authorization"]!.replace("SHA256 ", `SHA256${end}`);
    expect(await isAccepted({ ...signed, headers: { ...signed.headers, authorization } })).toBe(false);
  });

  test("the SDK signs for 'states' also where it puts 'sync-' before the host", async () => {
    const signed = await SIGNERS["@aws-sdk/client-sfn"]!("https://sync-states.example.com/", "StartExecution", input);
    expect(signed.headers["authorization"]).toContain("/us-east-1/states/aws4_request");
    expect(await isAccepted(signed)).toBe(true);
  });
});
