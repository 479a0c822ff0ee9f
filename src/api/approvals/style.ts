/** The approval page's style sheet: part of the page, known to its content security policy by its hash. */
import { sha256 } from "@noble/hashes/sha2.js";
import { base64 } from "@scure/base";
import type { Markup } from "./html.ts";

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6878;--line:#dfe3ea;--ground:#f3f5f8;--card:#fff;--yes:#14713d;--yes-ink:#fff;--no:#a8201a;--focus:#1a5fd0}
@media (prefers-color-scheme:dark){:root{--ink:#e7ebf2;--soft:#9aa6b8;--line:#303a49;--ground:#11161e;--card:#1a212c;--yes:#2f9e60;--yes-ink:#06170d;--no:#ff8f87;--focus:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:40rem;margin:0 auto;padding:clamp(1rem,5vh,4rem) 1rem 2rem}
article{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(1.25rem,4vw,2.25rem)}
.kicker{margin:0 0 .5rem;color:var(--soft);font-size:.875rem}
h1{margin:0;font-size:1.6rem;line-height:1.25;letter-spacing:-.01em;overflow-wrap:anywhere}
.message{margin:.75rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
dl{margin:1.5rem 0 0;border-top:1px solid var(--line)}
dl>div{display:grid;grid-template-columns:minmax(7rem,30%) 1fr;gap:.25rem 1rem;padding:.6rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft);overflow-wrap:anywhere}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
dl>div.whole{grid-template-columns:1fr}
pre{margin:0;font:.875rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:20rem;overflow:auto}
form{margin-top:1.5rem;display:grid;gap:1rem}
label{display:grid;gap:.35rem;font-size:.9rem;color:var(--soft)}
input,textarea,select{width:100%;padding:.6rem .75rem;border:1px solid var(--line);border-radius:8px;background:var(--ground);color:var(--ink);font:inherit;font-size:1rem}
textarea{min-height:5rem;resize:vertical}
.field>label:not(.tick){display:block}
.field{display:grid;gap:.35rem;margin:0;padding:0;border:0;min-width:0}
fieldset{margin:0;padding:1rem;border:1px solid var(--line);border-radius:8px;display:grid;gap:1rem;min-width:0}
fieldset.field{padding:0;border:0;gap:.35rem}
legend{padding:0 .35rem;font-size:.9rem;color:var(--soft);overflow-wrap:anywhere}
fieldset.field>legend{padding:0 0 .35rem}
label,.help,.fault{overflow-wrap:anywhere}
label i{font-size:.8rem}
.known{margin:0;font-size:.9rem;color:var(--soft)}
.known bdi{color:var(--ink);font-weight:600;overflow-wrap:anywhere}
.tick{display:flex;align-items:baseline;gap:.6rem;color:var(--ink);font-size:1rem}
.tick input{width:auto;flex:none}
.help{color:var(--soft);font-size:.85rem}
.fault{color:var(--no);font-size:.9rem;font-weight:600}
[aria-invalid]{border-color:var(--no)}
.buttons{display:flex;flex-wrap:wrap;gap:.75rem}
button{flex:1 1 9rem;padding:.75rem 1rem;border-radius:8px;border:1px solid transparent;font:inherit;font-weight:600;cursor:pointer}
button[disabled]{display:none}
.yes{background:var(--yes);color:var(--yes-ink)}
.no{background:transparent;border-color:var(--no);color:var(--no)}
button:hover{filter:brightness(1.08)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.note{margin:1.25rem 0 0;padding:.75rem 1rem;border-radius:8px;border:1px solid var(--line);background:var(--ground)}
form .note{margin:0}
.facts,footer{color:var(--soft);font-size:.85rem}
.facts{margin:1.5rem 0 0;overflow-wrap:anywhere}
footer{margin-top:1.25rem;text-align:center}
@media (max-width:30rem){dl>div{grid-template-columns:1fr}}
`;

/** In one piece: a blank more, and the hash is another. */
export const STYLE_ELEMENT: Markup = { markup: `<style>${STYLE}</style>` };

const digest: string = base64.encode(sha256(new TextEncoder().encode(STYLE)));

/** No script, nothing from elsewhere, no frame around it, and its form goes nowhere else. */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  `style-src 'sha256-${digest}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
