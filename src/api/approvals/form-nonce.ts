/**
 * What ties a form to the browser that was shown it: a sealed nonce in the form, and a cookie that another site can neither
 * read nor have sent along. Who posts without both has not seen the page.
 */
import { digestOf } from "../../runtime/answered-tasks.ts";
import type { Sealer } from "../../runtime/sealing.ts";
import { randomText } from "../../runtime/task-token.ts";

export interface Form {
  readonly nonce: string;
  /** The Set-Cookie header that goes with it. */
  readonly cookie: string;
}

/** A page that is open for longer has to be confirmed once more. */
const MAX_AGE_SECONDS = 12 * 60 * 60;

/** Of each link its own, so that pages of several links can be open at the same time. */
function cookieName(url: URL, link: string): string {
  const name = `stepflare-${digestOf(link).slice(0, 12)}`;
  // Browsers keep cookies of that prefix only over https, where nobody else can set them.
  return url.protocol === "https:" ? `__Host-${name}` : name;
}

/** @param now epoch milliseconds */
export function makeForm(sealer: Sealer, request: Request, link: string, now: number): Form {
  const url = new URL(request.url);
  const secret = cookieOf(request, cookieName(url, link)) ?? randomText();
  const attributes = ["Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${MAX_AGE_SECONDS}`];
  if (url.protocol === "https:") attributes.push("Secure");
  return {
    nonce: sealer.seal(JSON.stringify([secret, digestOf(link), now]), "approval-form"),
    cookie: [`${cookieName(url, link)}=${secret}`, ...attributes].join("; "),
  };
}

/** Whether the form was shown to this browser, for this link, not too long ago. */
export function isFormOf(sealer: Sealer, request: Request, link: string, nonce: string, now: number): boolean {
  const secret = cookieOf(request, cookieName(new URL(request.url), link));
  const text = sealer.open(nonce, "approval-form");
  if (text === undefined || secret === undefined) return false;
  const [shownTo, shownFor, at] = JSON.parse(text) as [string, string, number];
  return shownTo === secret && shownFor === digestOf(link) && now - at <= MAX_AGE_SECONDS * 1000;
}

function cookieOf(request: Request, name: string): string | undefined {
  const cookies = (request.headers.get("cookie") ?? "").split(";").map((cookie) => cookie.trim());
  const found = cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
  return found !== undefined && /^[0-9a-f]{32}$/u.test(found) ? found : undefined;
}
