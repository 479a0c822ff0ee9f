/** Ranges of IP addresses, `10.0.0.0/24` and `2001:db8::/32`. */

export interface IpRange {
  readonly bytes: readonly number[];
  /** How many bits of the address count. */
  readonly bits: number;
}

/** undefined: it is none. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", length = "", ...others] = text.split("/");
  const bytes = parseIpAddress(address);
  if (bytes === undefined || others.length > 0 || !/^\d{1,3}$/u.test(length)) return undefined;
  const bits = Number(length);
  return bits <= bytes.length * 8 ? { bytes, bits } : undefined;
}

export function isInRange({ bytes, bits }: IpRange, address: string): boolean {
  const other = parseIpAddress(address);
  if (other?.length !== bytes.length) return false;
  return bytes.every((byte, i) => {
    const counting = Math.min(Math.max(bits - i * 8, 0), 8);
    const mask = (0xff << (8 - counting)) & 0xff;
    return (byte & mask) === ((other[i] ?? 0) & mask);
  });
}

/** 4 or 16 bytes; undefined: it is no address. */
function parseIpAddress(text: string): readonly number[] | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const [before = "", after, ...others] = text.split("::");
  if (others.length > 0) return undefined;
  const head = parseGroups(before);
  const tail = after === undefined ? [] : parseGroups(after);
  if (head === undefined || tail === undefined) return undefined;
  if (after === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing < 2 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function parseGroups(text: string): readonly number[] | undefined {
  const bytes: number[] = [];
  const groups = text === "" ? [] : text.split(":");
  for (const [i, group] of groups.entries()) {
    const mapped = i === groups.length - 1 && group.includes(".") ? parseIpv4(group) : undefined;
    if (mapped !== undefined) bytes.push(...mapped);
    else if (/^[\da-f]{1,4}$/iu.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  const areBytes =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/u.test(part) && Number(part) < 256);
  return areBytes ? parts.map(Number) : undefined;
}
