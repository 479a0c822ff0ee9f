/** Addresses of e-mails. Whether there is such a mailbox is for the platform to find out. */

export interface MailAddress {
  readonly name: string;
  readonly email: string;
}

const EMAIL = /^[^\s@<>,;:"()[\]\\]{1,64}@(?=.{1,255}$)[\w-]+(?:\.[\w-]+)+$/u;
const NAMED = /^(?<name>[^<>\r\n]*?)\s*<(?<email>[^<>]+)>$/u;

/** Of `ann@example.com` or `Ann <ann@example.com>`; undefined: it is none. */
export function addressOf(text: string): MailAddress | undefined {
  const { name = "", email = text } = NAMED.exec(text.trim())?.groups ?? {};
  if (!EMAIL.test(email.trim())) return undefined;
  return { name: name.replace(/^"(.*)"$/u, "$1"), email: email.trim() };
}
