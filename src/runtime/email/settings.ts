/** What the settings say of e-mail. */
import { addressOf } from "./address.ts";

export interface EmailSettings {
  readonly EMAIL?: string;
  readonly EMAIL_FROM?: string;
}

export interface EmailConfig {
  /** The name of the send_email binding. */
  readonly binding: string;
  /** Who mails of topics are from; undefined: not set, and no mail address can subscribe to one. */
  readonly from: string | undefined;
}

/** undefined: no e-mail is sent. Throws an error that names the setting and what it takes. */
export function readEmail({ EMAIL = "", EMAIL_FROM = "" }: EmailSettings): EmailConfig | undefined {
  if (EMAIL_FROM !== "" && addressOf(EMAIL_FROM) === undefined)
    throw new Error(
      'EMAIL_FROM must be an address such as stepflare@example.com, or "Stepflare <stepflare@example.com>"',
    );
  if (EMAIL === "") return undefined;
  if (!/^[A-Za-z_$][\w$]*$/u.test(EMAIL))
    throw new Error("EMAIL must be the name of a send_email binding such as MAIL");
  return { binding: EMAIL, from: EMAIL_FROM === "" ? undefined : EMAIL_FROM };
}
