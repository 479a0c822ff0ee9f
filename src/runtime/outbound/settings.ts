/** What the settings say of where requests may go, beside the rules that always hold. */

export interface OutboundSettings {
  readonly OUTBOUND_ALLOW?: string;
  readonly PUBLIC_URL?: string;
}

export interface OutboundRules {
  /** Origins that are allowed whatever the rules say, as URL writes them: `http://10.0.0.7:8080`. */
  readonly origins: ReadonlySet<string>;
  /** Whether this machine itself may be called, on any port, with or without TLS. */
  readonly loopback: boolean;
  /** Where this Worker answers: it is not to be called by its own tasks. */
  readonly ownHosts: ReadonlySet<string>;
}

/** Nothing is allowed but what the rules allow. */
export const STRICT: OutboundRules = { origins: new Set(), loopback: false, ownHosts: new Set() };

/** Throws an error that names the setting and what it takes. */
export function readOutbound({ OUTBOUND_ALLOW = "", PUBLIC_URL = "" }: OutboundSettings): OutboundRules {
  const entries = OUTBOUND_ALLOW.split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  return {
    origins: new Set(entries.filter((entry) => entry !== "loopback").map(readOrigin)),
    loopback: entries.includes("loopback"),
    ownHosts: new Set(URL.canParse(PUBLIC_URL) ? [new URL(PUBLIC_URL).hostname] : []),
  };
}

function readOrigin(entry: string): string {
  const url = URL.canParse(entry) ? new URL(entry) : undefined;
  const isOrigin = url !== undefined && /^https?:$/u.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new Error(
    `OUTBOUND_ALLOW must be a list of origins such as http://10.0.0.7:8080, or "loopback" for this machine; it has '${entry}'`,
  );
}
