/** Requests to webhooks, signed; whatever is not taken is thrown, to be tried again. */
import { withinTime } from "./time-limit.ts";
import { webhookHeaders, type WebhookMessage } from "./webhook.ts";

const TIMEOUT_MS = 15_000;

export interface Webhook {
  readonly url: string;
  /** undefined: no key opens it any more. */
  readonly secret: string | undefined;
}

export type PostOut = (url: string, init: RequestInit & { readonly body: string }) => Promise<Response>;

/** @param authorize makes headers besides the signature's */
export async function postWebhook(
  { url, secret }: Webhook,
  message: WebhookMessage & { readonly contentType?: string },
  post: PostOut,
  authorize?: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>,
): Promise<void> {
  if (secret === undefined) throw new Error("its secret was sealed by a key that SECRET_KEYS does not hold");
  const { body, contentType = "application/json" } = message;
  const signature = await webhookHeaders(secret, message);
  const status = await withinTime(TIMEOUT_MS, async (signal) => {
    const headers = { "content-type": contentType, ...(await authorize?.(signal)), ...signature };
    const response = await post(url, { method: "POST", headers, body, redirect: "manual", signal });
    await response.body?.cancel();
    return response.ok ? undefined : response.status;
  });
  if (status !== undefined) throw new Error(`the webhook answered ${status}`);
}
