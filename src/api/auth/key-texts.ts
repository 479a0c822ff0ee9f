/**
 * What keys look like. Access keys have AWS's form, as SDKs sign with them. A bearer key is
 * `sfn_<env>_<id>_<secret>_<checksum>`: whoever finds one somewhere sees what it is, and a mistyped one is refused unread.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** 32 bytes by chance hold as much as a key needs; 43 digits of base 62 are 32 bytes. */
const SECRET_DIGITS = 43;
const ID_DIGITS = 12;
const CHECK_DIGITS = 6;
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** AWS's access key ids are of base 32. */
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64 = `${BASE62}+/`;

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function newAccessKey(): AccessKey {
  return { accessKeyId: `AKIA${drawn(BASE32, 16)}`, secretAccessKey: drawn(BASE64, 40) };
}

/** @param environment `live`, or `local` for a key of a server on somebody's own machine */
export function newBearerKey(environment: "live" | "local"): { readonly id: string; readonly token: string } {
  const id = drawn(BASE62, ID_DIGITS);
  const token = `sfn_${environment}_${id}_${drawn(BASE62, SECRET_DIGITS)}`;
  return { id, token: `${token}_${checksum(token)}` };
}

/** The id of a bearer key; undefined: it is none, or mistyped. */
export function bearerKeyId(token: string): string | undefined {
  const { text = "", id, check } = BEARER.exec(token)?.groups ?? {};
  return checksum(text) === check ? id : undefined;
}

const BEARER = new RegExp(
  `^(?<text>sfn_(?:live|local)_(?<id>[0-9A-Za-z]{${ID_DIGITS}})_[0-9A-Za-z]{${SECRET_DIGITS}})_(?<check>[0-9A-Za-z]{${CHECK_DIGITS}})$`,
  "u",
);

/** What is kept of a bearer key. It holds 256 bits of chance, so a single hash is enough. */
export function hashOf(token: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(token)));
}

/** Digits by chance, each as likely as the other: bytes beyond the last whole round are drawn again. */
function drawn(digits: string, length: number): string {
  const limit = 256 - (256 % digits.length);
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < limit && text.length < length) text += digits[byte % digits.length] ?? "";
    }
  }
  return text;
}

/** CRC-32 in base 62. */
function checksum(text: string): string {
  let crc = 0xffff_ffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  let rest = ~crc >>> 0;
  let digits = "";
  for (let i = 0; i < CHECK_DIGITS; i++) {
    digits = (BASE62[rest % 62] ?? "") + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
