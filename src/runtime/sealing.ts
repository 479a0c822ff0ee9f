/**
 * Sealed texts: what only this Stepflare can read and nobody can forge, such as task tokens and stored secrets.
 *
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), whose nonces are long enough to be drawn by chance for ever, by a library that
 * is synchronous: a turn makes tokens and waits for nothing. A sealed text is base64url of
 * version (1 byte) | id of the key (4) | nonce (24) | ciphertext with its tag (16 more than the text's UTF-8).
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";

/** What a sealed text is for: one sealed for another purpose is not opened. */
export type SealPurpose =
  | "task-token"
  | "approval-link"
  | "approval-form"
  | "access-key"
  | "webhook"
  | "hook"
  | "connection";

export interface Sealer {
  /** False: SECRET_KEYS is not set, and the key is the one that stands in this file. Secrets must not be sealed by it. */
  readonly isSecret: boolean;
  readonly seal: (text: string, purpose: SealPurpose) => string;
  /** undefined: not sealed by one of the keys, not for this purpose, or altered since. */
  readonly open: (sealed: string, purpose: SealPurpose) => string | undefined;
}

const VERSION = 1;
const KEY_ID = 4;
const NONCE = 24;
const TAG = 16;
const HEADER = 1 + KEY_ID + NONCE;
const KEY_BYTES = 32;

/** Known to everybody who reads this: it makes a Stepflare without SECRET_KEYS work, and keeps nothing secret. */
const DEVELOPMENT_KEY = sha256(new TextEncoder().encode("stepflare development key"));

/**
 * Of SECRET_KEYS: keys of 32 bytes in base64, separated by commas. The first one seals; the others still open what was sealed
 * before them. Throws an error that says what the setting takes.
 */
export function createSealer(secretKeys: string | undefined): Sealer {
  const given = (secretKeys ?? "").split(",").map((key) => key.trim());
  const isSecret = given.some((key) => key !== "");
  const keys = (isSecret ? given.map(readKey) : [DEVELOPMENT_KEY]).map((key) => ({
    key,
    id: sha256(key).slice(0, KEY_ID),
  }));
  const [current] = keys;
  if (current === undefined) throw new Error(TAKES);
  return {
    isSecret,
    seal: (text, purpose) => {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
      const header = Uint8Array.of(VERSION, ...current.id, ...nonce);
      const cipher = xchacha20poly1305(current.key, nonce, bound(header, purpose));
      return base64urlnopad.encode(joined(header, cipher.encrypt(new TextEncoder().encode(text))));
    },
    open: (sealed, purpose) => {
      const bytes = decoded(sealed);
      if (bytes === undefined || bytes.length < HEADER + TAG || bytes[0] !== VERSION) return undefined;
      const header = bytes.subarray(0, HEADER);
      const found = keys.find(({ id }) => id.every((byte, i) => header[1 + i] === byte));
      if (found === undefined) return undefined;
      const cipher = xchacha20poly1305(found.key, header.subarray(1 + KEY_ID), bound(header, purpose));
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
          cipher.decrypt(bytes.subarray(HEADER)),
        );
      } catch {
        // The tag does not fit: altered, or sealed for something else.
        return undefined;
      }
    },
  };
}

const TAKES =
  "SECRET_KEYS must be keys of 32 bytes in base64, separated by commas, the current one first: openssl rand -base64 32";

function readKey(text: string): Uint8Array {
  let key: Uint8Array | undefined;
  try {
    key = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // Said below, with what the setting takes; the value itself is a secret and stays out of the message.
  }
  if (key?.length !== KEY_BYTES) throw new Error(TAKES);
  return key;
}

/** The data that the tag covers besides the text. */
function bound(header: Uint8Array, purpose: SealPurpose): Uint8Array {
  return joined(header, new TextEncoder().encode(`stepflare ${purpose}`));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** undefined: it is not base64url as `seal` writes it. A text has one spelling: bits after the last byte must be zero. */
function decoded(text: string): Uint8Array | undefined {
  try {
    return base64urlnopad.decode(text);
  } catch {
    return undefined;
  }
}
