/** The pages that people with a link see: the question, what was decided, and why there is nothing to decide. */
import type { Decision } from "../../runtime/approval-link.ts";
import type { DecidedApproval, OpenApproval } from "../../runtime/approvals.ts";
import { askedOf, type Asked, type AskedRow } from "../../runtime/approval-asked.ts";
import { formMarkup } from "./form-page.ts";
import { html, NOTHING, type Markup } from "./html.ts";
import { MAX_BY, MAX_COMMENT, type PostedDecision } from "./read-decision.ts";
import { STYLE_ELEMENT } from "./style.ts";

export interface Question {
  readonly approval: OpenApproval;
  readonly decisions: readonly Decision[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** What the form carries back. */
  readonly nonce: string;
  /** Who it is, where that is known: nobody else's name can be given. */
  readonly known: string | undefined;
  /** Where it has to be sent again: why, and what was in it. */
  readonly again?: { readonly note: string; readonly posted: PostedDecision };
}

export function questionPage({ approval, decisions, expiresAt, nonce, known, again }: Question): string {
  const { stateMachineName, executionName, stateName, comment, parameters, askedAt } = approval;
  const { title, message, rows, form } = askedOf(parameters, comment ?? stateName);
  const isUsable = form === undefined || !("fault" in form);
  const possible = decisions.filter((decision) => isUsable || decision === "REJECTED");
  return page(
    title,
    html`<p class="kicker">You are asked to decide</p>
      <h1><bdi>${title}</bdi></h1>
      ${message === "" ? NOTHING : html`<p class="message" dir="auto">${message}</p>`}
      ${rows.length === 0 ? NOTHING : html`<dl>${rows.map(rowMarkup)}</dl>`}
      ${again === undefined ? NOTHING : html`<p class="note" role="alert">${again.note}</p>`}
      <form method="post" autocomplete="off">
        <button type="submit" disabled></button>
        <input type="hidden" name="nonce" value="${nonce}" />
        ${decisions.includes("APPROVED") ? askedForm(form, approval, again?.posted) : NOTHING}
        ${known === undefined ? nameField(again?.posted.by ?? "") : knownName(known)}
        <label
          >Comment
          <textarea name="comment" maxlength="${String(MAX_COMMENT)}">${again?.posted.comment ?? ""}</textarea>
        </label>
        <div class="buttons">${possible.map((decision) => BUTTONS[decision])}</div>
      </form>
      <p class="facts">
        Workflow <bdi>${stateMachineName}</bdi>, step <bdi>${stateName}</bdi>, run <bdi>${executionName}</bdi>. Asked
        ${moment(askedAt)}; open until ${moment(expiresAt)}.
      </p>`,
  );
}

function nameField(by: string): Markup {
  return html`<label
    >Your name
    <input name="by" maxlength="${String(MAX_BY)}" value="${by}" />
  </label>`;
}

function knownName(name: string): Markup {
  return html`<p class="known">You decide as <bdi>${name}</bdi>, as you are signed in.</p>`;
}

function askedForm(form: Asked["form"], { faults }: OpenApproval, posted: PostedDecision | undefined): Markup {
  if (form === undefined) return NOTHING;
  if ("fault" in form)
    return html`<p class="note" role="alert">
      This cannot be approved: its form is not one that can be shown here. Please tell whoever made the workflow:
      ${form.fault}.
    </p>`;
  const given = posted?.form;
  return formMarkup({ form, entries: given && "entries" in given ? given.entries : undefined, faults });
}

const BUTTONS: { readonly [D in Decision]: Markup } = {
  APPROVED: html`<button class="yes" name="decision" value="APPROVED">Approve</button>`,
  REJECTED: html`<button class="no" name="decision" value="REJECTED" formnovalidate>Reject</button>`,
};

export const WORDS: { readonly [D in Decision]: string } = { APPROVED: "approved", REJECTED: "rejected" };

export function decidedPage({ decision, by, identity, at }: DecidedApproval): string {
  const said = identity === "STATED" ? NOTHING : html` (signed in)`;
  const who = by === "" ? NOTHING : html` by <bdi>${by}</bdi>${said}`;
  const title = decision === "APPROVED" ? "Approved" : "Rejected";
  return page(
    title,
    html`<p class="kicker">Nothing is left to decide</p>
      <h1>${title}</h1>
      <p class="message">This was ${WORDS[decision]}${who} at ${moment(at)}. You can close this page.</p>`,
  );
}

/** A page that only says something. */
export function messagePage(title: string, message: string): string {
  return page(
    title,
    html`<h1>${title}</h1>
      <p class="message">${message}</p>`,
  );
}

function rowMarkup({ name, text, isBlock }: AskedRow): Markup {
  const value = isBlock ? html`<pre dir="auto">${text}</pre>` : html`<bdi>${text}</bdi>`;
  if (name === "") return html`<div class="whole"><dd>${value}</dd></div>`;
  return html`<div>
    <dt><bdi>${name}</bdi></dt>
    <dd>${value}</dd>
  </div>`;
}

function moment(at: number): Markup {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>`;
}

function page(title: string, content: Markup): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <article>${content}</article>
          <footer>Stepflare</footer>
        </main>
      </body>
    </html>`.markup;
}
