/**
 * Texts in a definition that look like secrets: whoever may read the definition, a history or a log reads them there.
 *
 * A warning never repeats what it found.
 */
import { warningAt, type Diagnostic } from "../diagnostic.ts";
import { isArray, isObject, type Json } from "../json.ts";

interface Literal {
  readonly key: string;
  readonly text: string;
  readonly at: string;
}

/** @param text of a definition that is sound JSON */
export function warnOfSecrets(text: string): readonly Diagnostic[] {
  return literalsIn(JSON.parse(text) as Json).flatMap((literal) => {
    const kind = kindOf(literal);
    if (kind === undefined) return [];
    const message = `The value of '${literal.key}' looks like ${kind}: keep it in a connection, which no definition and no history shows`;
    return [warningAt(literal.at, message, "POSSIBLE_SECRET")];
  });
}

/** Every text that is taken as it is written. */
function literalsIn(definition: Json): readonly Literal[] {
  const literals: Literal[] = [];
  const open: { readonly value: Json; readonly key: string; readonly at: string }[] = [
    { value: definition, key: "", at: "" },
  ];
  for (const { value, key, at } of open) {
    if (typeof value === "string") literals.push({ key, text: value, at });
    else if (isArray(value)) value.forEach((item, i) => open.push({ value: item, key, at: `${at}[${i}]` }));
    else if (isObject(value))
      for (const [name, member] of Object.entries(value)) open.push({ value: member, key: name, at: `${at}/${name}` });
  }
  return literals.filter(({ key, text }) => !key.endsWith(".$") && !text.startsWith("{%") && !NAMES.has(key));
}

/** Fields whose texts are names. */
const NAMES: ReadonlySet<string> = new Set(["StartAt", "Next", "Default", "Resource"]);

/** How the keys of well-known services begin. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/u, "an AWS access key"],
  [/\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,})/u, "a GitHub token"],
  [/\bglpat-[\w-]{20,}/u, "a GitLab token"],
  [/\bxox[abeprs]-[\w-]{10,}/u, "a Slack token"],
  [/\b[rs]k_(?:live|test)_\w{16,}/u, "a Stripe key"],
  [/\bsk-[\w-]{20,}/u, "an API key"],
  [/\bAIza[\w-]{35}/u, "a Google API key"],
  [/\bSG\.[\w-]{16,}\.[\w-]{16,}/u, "a SendGrid key"],
  [/\bwhsec_[\w+/=]{24,}/u, "a webhook's secret"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/u, "a JSON Web Token"],
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/u, "a private key"],
  [/^(?:Bearer|Basic)\s+[\w+/=.~-]{16,}$/u, "credentials"],
  [/^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]+:[^\s/@]+@/u, "a URL with a password"],
];

const SECRET_NAME = /(?:password|passwd|secret|api[-_]?key|(?:access|auth|api)[-_]?token|private[-_]?key)$/iu;
/** What nobody would use as a password. */
const LEAST_SECRET = 8;

function kindOf({ key, text }: Literal): string | undefined {
  const known = KNOWN.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  if (SECRET_NAME.test(key) && text.length >= LEAST_SECRET && !/[\s$]|^arn:/u.test(text)) return "a secret";
  return isRandom(text) ? "a secret" : undefined;
}

const LEAST_RANDOM = 32;
const LEAST_DIGITS = 3;
/** Bits for each character: of base64 some 4.6 at that length, of words in camel case less than 4.2. */
const LEAST_ENTROPY = 4.3;

/** Whether it is one long word of all kinds of characters, as drawn by chance. */
function isRandom(text: string): boolean {
  if (text.length < LEAST_RANDOM || !/^[\w+/=-]+$/u.test(text)) return false;
  if (!/[a-z]/u.test(text) || !/[A-Z]/u.test(text)) return false;
  return text.replaceAll(/\D/gu, "").length >= LEAST_DIGITS && entropyOf(text) >= LEAST_ENTROPY;
}

/** Shannon's, of the characters as often as they stand there. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
