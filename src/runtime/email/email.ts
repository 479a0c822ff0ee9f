/**
 * E-mail by the platform's binding send_email, which puts mails together itself.
 * @see https://developers.cloudflare.com/email-service/
 */
import { isOutage } from "../outage.ts";
import type { MailAddress } from "./address.ts";

export interface Mail {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo?: MailAddress;
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A mail that somebody has put together, in the form of RFC 5322. */
export interface RawMail {
  readonly from: string;
  /** Each gets a mail of its own. */
  readonly to: readonly string[];
  readonly raw: string;
}

export type MailAnswer =
  /** Under the platform's own id; undefined: it told none. */
  | { readonly kind: "sent"; readonly messageId: string | undefined }
  /** What has to be set. */
  | { readonly kind: "not configured"; readonly message: string }
  /** As the platform says it. @see https://developers.cloudflare.com/email-service/api/send-emails/workers-api/ */
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

export interface MailHost {
  /** undefined: EMAIL is not set. */
  readonly binding: string | undefined;
  findBinding(name: string): Pick<SendEmail, "send"> | undefined;
  /** In the platform's class for such mails. */
  wrap(from: string, to: string, raw: string): Promise<EmailMessage>;
}

/** Sends mails. An outage is thrown. */
export type SendMail = (mail: Mail | RawMail) => Promise<MailAnswer>;

export function mailSender(host: MailHost): SendMail {
  return async (mail) => {
    const binding = host.binding === undefined ? undefined : host.findBinding(host.binding);
    if (binding === undefined) return { kind: "not configured", message: toConfigure(host.binding) };
    try {
      return { kind: "sent", messageId: await send(host, binding, mail) };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (!(error instanceof Error) || isOutage(error) || code === "E_INTERNAL_SERVER_ERROR") throw error;
      return { kind: "refused", code, message: error.message };
    }
  };
}

async function send(
  host: MailHost,
  binding: Pick<SendEmail, "send">,
  mail: Mail | RawMail,
): Promise<string | undefined> {
  if (!("raw" in mail)) {
    const { from, to, cc, bcc, replyTo, subject, text, html, headers } = mail;
    // The platform takes no empty lists; of the three there is one at least.
    const recipients = {
      ...(to.length > 0 && { to: [...to] }),
      ...(cc.length > 0 && { cc: [...cc] }),
      ...(bcc.length > 0 && { bcc: [...bcc] }),
    } as EmailDestinations;
    const { messageId } = await binding.send({
      from,
      ...recipients,
      ...(replyTo !== undefined && { replyTo }),
      subject,
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
      headers: { ...headers },
    });
    return messageId;
  }
  let first: string | undefined;
  for (const to of mail.to) {
    const { messageId } = await binding.send(await host.wrap(mail.from, to, mail.raw));
    first ??= messageId;
  }
  return first;
}

function toConfigure(binding: string | undefined): string {
  return binding === undefined
    ? 'E-mail is not configured: bind send_email in wrangler.toml ([[send_email]] name = "MAIL") and set EMAIL = "MAIL"'
    : `EMAIL names the send_email binding '${binding}', which wrangler.toml does not name`;
}
