/**
 * What a person is asked, read off what the task was called with.
 *
 * What the task's receiver gets is shown: Payload, Input, MessageBody or Message of the Parameters or Arguments, else all of
 * them. Where that has a member `Approval`, its Title, Message and Data are shown instead of everything else, and its Form, a
 * JSON schema, is what has to be filled in to approve.
 */
import { isArray, isObject, type Json } from "../asl/json.ts";
import { readApprovalForm, type ApprovalForm } from "./approval-form.ts";

export interface Asked {
  readonly title: string;
  readonly message: string;
  readonly rows: readonly AskedRow[];
  /** Absent: nothing has to be filled in. */
  readonly form?: ApprovalForm | { readonly fault: string };
}

export interface AskedRow {
  /** Empty for data that is no object. */
  readonly name: string;
  readonly text: string;
  /** Whether white space matters. */
  readonly isBlock: boolean;
}

const RECEIVED = ["Payload", "Input", "MessageBody", "Message"];
const MAX_ROWS = 50;
const MAX_CHARACTERS = 5_000;
/** The tokens and links in it are hidden already; members that were nothing else are left out. */
const HIDDEN = /^(?:\*{3}|https?:\S+\/a\/\*{3})$/u;

/** @param parameters JSON text @param otherwise the title, where the data has none */
export function askedOf(parameters: string, otherwise: string): Asked {
  const value = receivedOf(JSON.parse(parameters) as Json);
  const approval = isObject(value) ? value["Approval"] : undefined;
  if (approval === undefined || !isObject(approval)) return { title: otherwise, message: "", rows: rowsOf(value) };
  const { Title, Message, Data = {}, Form } = approval;
  return {
    title: textOf(Title) || otherwise,
    message: textOf(Message),
    rows: rowsOf(Data),
    ...(Form !== undefined && { form: readApprovalForm(Form) }),
  };
}

function receivedOf(parameters: Json): Json {
  if (!isObject(parameters)) return parameters;
  const name = RECEIVED.find((member) => Object.hasOwn(parameters, member));
  return name === undefined ? parameters : (parameters[name] as Json);
}

function rowsOf(data: Json): readonly AskedRow[] {
  if (!isObject(data)) return data === null ? [] : [rowOf("", data)];
  const shown = Object.entries(data).filter(([, value]) => typeof value !== "string" || !HIDDEN.test(value));
  const rows = shown.slice(0, MAX_ROWS).map(([name, value]) => rowOf(name, value));
  const left = shown.length - rows.length;
  return left === 0 ? rows : [...rows, { name: "…", text: `${left} more`, isBlock: false }];
}

function rowOf(name: string, value: Json): AskedRow {
  const isNested = isObject(value) || isArray(value);
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, isNested ? 2 : undefined);
  return { name: cut(name), text: cut(text), isBlock: isNested || text.includes("\n") };
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return cut(typeof value === "string" ? value : JSON.stringify(value));
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}
