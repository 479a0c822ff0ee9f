/** The fields of a form: markup without script, whose faults stand beside the fields, and where what was typed is kept. */
import { isArray, isObject, memberOf, type Json } from "../../asl/json.ts";
import type { ApprovalForm, FormField, Scalar } from "../../runtime/approval-form.ts";
import { entryName, type FormEntries, type FormFaults } from "../../runtime/approval-form-answer.ts";
import { html, NOTHING, type Markup } from "./html.ts";

export interface FilledForm {
  readonly form: ApprovalForm;
  /** What was typed; absent: nothing yet, and the fields begin with their defaults. */
  readonly entries?: FormEntries | undefined;
  readonly faults?: FormFaults | undefined;
}

export function formMarkup(filled: FilledForm): Markup {
  return html`${filled.form.fields.map((field) => fieldMarkup(field, field.initial, filled))}`;
}

/** @param group what it is in, where it is in one */
function fieldMarkup(field: FormField, initial: Json | undefined, filled: FilledForm, group?: FormField): Markup {
  const fault = filled.faults?.[field.pointer];
  const notes = html`${field.help === "" ? NOTHING : html`<span class="help" id="${idOf(field)}-help">${field.help}</span>`}
  ${fault === undefined ? NOTHING : html`<span class="fault" id="${idOf(field)}-fault">${fault}</span>`}`;
  const attributes = attributesOf(field, fault, group);
  const typed = filled.entries === undefined ? undefined : (filled.entries[entryName(field)] ?? []);
  switch (field.kind) {
    case "group":
      return html`<fieldset>
        <legend>${labelOf(field)}</legend>
        ${notes} ${field.fields.map((each) => fieldMarkup(each, memberOfDefault(initial, each), filled, field))}
      </fieldset>`;
    case "boolean": {
      const isTicked = typed === undefined ? initial === true : typed.some((text) => text !== "");
      return html`<div class="field">
        <label class="tick"
          ><input type="checkbox" value="true" ${attributes} ${isTicked ? CHECKED : NOTHING} /><span
            >${field.label}</span
          ></label
        >${notes}
      </div>`;
    }
    case "choices":
      return html`<fieldset class="field">
        <legend>${labelOf(field)}</legend>
        ${notes}
        ${field.choices.map((choice, index) => {
          const isTicked = typed === undefined ? isIn(initial, choice) : typed.includes(String(index));
          return html`<label class="tick"
            ><input
              type="checkbox"
              name="${entryName(field)}"
              value="${String(index)}"
              ${isTicked ? CHECKED : NOTHING}
            /><span>${wordOf(choice)}</span></label
          >`;
        })}
      </fieldset>`;
    case "choice":
      return html`<div class="field">
        <label for="${idOf(field)}">${labelOf(field)}</label>
        <select ${attributes}>
          <option value="">${field.isRequired ? "Please choose" : "—"}</option>
          ${field.choices.map((choice, index) => {
            const isChosen = typed === undefined ? initial === choice : typed[0] === String(index);
            return html`<option value="${String(index)}" ${isChosen ? SELECTED : NOTHING}>${wordOf(choice)}</option>`;
          })}</select
        >${notes}
      </div>`;
    case "multiline":
      return html`<div class="field">
        <label for="${idOf(field)}">${labelOf(field)}</label>
        ${textareaOf(attributes, typed?.[0] ?? textOf(initial))}${notes}
      </div>`;
    default:
      return html`<div class="field">
        <label for="${idOf(field)}">${labelOf(field)}</label>
        <input
          type="${INPUT_TYPES[field.kind]}"
          ${attributes}
          value="${typed?.[0] ?? initialText(field, initial)}"
        />${notes}
      </div>`;
  }
}

const CHECKED: Markup = { markup: "checked" };
const SELECTED: Markup = { markup: "selected" };

type InputKind = Exclude<FormField["kind"], "group" | "boolean" | "choices" | "choice" | "multiline">;

const INPUT_TYPES: { readonly [Kind in InputKind]: string } = {
  text: "text",
  email: "email",
  uri: "url",
  date: "date",
  "date-time": "datetime-local",
  number: "number",
  integer: "number",
};

/** Unique on the page, and of the characters that an id may have. */
function idOf({ pointer }: FormField): string {
  return `f${pointer.replaceAll(/[^A-Za-z0-9]/gu, (character) => `_${character.codePointAt(0) ?? 0}_`)}`;
}

function labelOf({ label, isRequired, kind }: FormField): Markup {
  const zone = kind === "date-time" ? " (UTC)" : "";
  return isRequired ? html`${label + zone}` : html`${label + zone} <i>optional</i>`;
}

/** What the browser checks already, beside what a label and its notes are tied by. */
function attributesOf(field: FormField, fault: string | undefined, group: FormField | undefined): Markup {
  const { kind, isRequired, schema, help } = field;
  const described = [...(help === "" ? [] : ["help"]), ...(fault === undefined ? [] : ["fault"])];
  const isTyped = kind !== "boolean" && kind !== "choice";
  const step = kind === "integer" ? 1 : kind === "number" ? "any" : undefined;
  const attributes: Readonly<Record<string, Json | undefined>> = {
    id: idOf(field),
    name: entryName(field),
    "aria-describedby": described.length === 0 ? undefined : described.map((x) => `${idOf(field)}-${x}`).join(" "),
    "aria-invalid": fault === undefined ? undefined : "true",
    // What is needed in a group that may be left out is not known before something is in it.
    required: isRequired && kind !== "boolean" && group?.isRequired !== false ? "" : undefined,
    ...(isTyped && {
      min: schema["minimum"],
      max: schema["maximum"],
      step,
      minlength: schema["minLength"],
      maxlength: schema["maxLength"],
    }),
  };
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return html`${given.map(([name, value]) => html`${name}="${textOf(value)}" `)}`;
}

/** A line break right behind the tag is not part of its text, so that one there is needed. */
function textareaOf(attributes: Markup, text: string): Markup {
  const { markup } = html`${text}`;
  return { markup: `<textarea ${attributes.markup}>\n${markup}</textarea>` };
}

/** A browser's field for a moment takes no zone: its UTC time is shown. */
function initialText({ kind }: FormField, initial: Json | undefined): string {
  const text = textOf(initial);
  if (kind !== "date-time" || !Number.isFinite(Date.parse(text))) return text;
  return new Date(text).toISOString().slice(0, 16);
}

function memberOfDefault(initial: Json | undefined, field: FormField): Json | undefined {
  const member = initial !== undefined && isObject(initial) ? memberOf(initial, field.name) : undefined;
  return member ?? field.initial;
}

function isIn(initial: Json | undefined, choice: Scalar): boolean {
  return initial !== undefined && isArray(initial) && initial.includes(choice);
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function wordOf(choice: Scalar): string {
  if (choice === true) return "Yes";
  if (choice === false) return "No";
  return choice === null ? "None" : String(choice);
}
