/**
 * XML as AWS writes it: elements, attributes, text, entities. No DTD is read, so no entity is anything but a character.
 * Of names only what follows the prefix counts.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All text directly in it. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const TOKEN =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[(?<data>[\s\S]*?)\]\]>|<!DOCTYPE[^>]*>|<(?<closing>\/)?(?<name>[^\s/<>]+)(?<attributes>[^<>]*?)(?<empty>\/)?>|(?<text>[^<]+)/guy;

/** Deeper than any answer. */
const DEEPEST = 200;

/** The root element; undefined: the text is no XML. */
export function parseXml(text: string): XmlElement | undefined {
  const document = opened("", "");
  const open: OpenElement[] = [document];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const { data, closing, name, attributes = "", empty, text: characters } = match.groups ?? {};
    const element = open.at(-1);
    if (element === undefined) return undefined;
    if (data !== undefined) element.text += data;
    else if (characters !== undefined) element.text += unescaped(characters);
    else if (closing !== undefined) {
      if (open.length < 2 || element.name !== localName(name ?? "")) return undefined;
      open.pop();
    } else if (name !== undefined) {
      const child = opened(name, attributes);
      element.children.push(child);
      if (empty === undefined) open.push(child);
      if (open.length > DEEPEST) return undefined;
    }
  }
  return end === text.length && open.length === 1 && document.children.length === 1 ? document.children[0] : undefined;
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** In text and in attributes. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[<>&"'\r\n]/gu, (letter) => ESCAPES[letter] ?? `&#${letter.charCodeAt(0)};`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
};

function opened(name: string, attributes: string): OpenElement {
  const pairs = Array.from(attributes.matchAll(/(?<name>[^\s=]+)\s*=\s*(?:"(?<a>[^"]*)"|'(?<b>[^']*)')/gu), (match) => {
    const { name: attribute = "", a, b = "" } = match.groups ?? {};
    return [attribute, unescaped(a ?? b)] as const;
  });
  return { name: localName(name), attributes: Object.fromEntries(pairs), children: [], text: "" };
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x(?<hex>[\da-f]+)|#(?<decimal>\d+)|(?<named>\w+));/giu, (whole, ...rest) => {
    const { hex, decimal, named } = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    if (named !== undefined) return NAMED[named] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
  });
}
