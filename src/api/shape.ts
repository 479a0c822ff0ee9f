/** What a member of a request may be: its JSON type and its bounds. */

export interface StringShape {
  readonly type: "string";
  /** Lengths in UTF-16 units, as AWS counts. */
  readonly min?: number;
  readonly max?: number;
  /** The quota that may be set to another number than `max`. */
  readonly quota?: "DefinitionCharacters" | "PayloadBytes";
  /** Matches the whole text. */
  readonly pattern?: string;
  /** An enumeration, in the order in which AWS lists it. */
  readonly values?: readonly string[];
  /** The value is never shown in an error. */
  readonly sensitive?: true;
}

export interface NumberShape {
  readonly type: "integer" | "long" | "float";
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanShape {
  readonly type: "boolean";
}

export interface ListShape {
  readonly type: "list";
  readonly min?: number;
  readonly max?: number;
  readonly member: Shape;
}

export interface StructureShape {
  readonly type: "structure";
  readonly name: string;
  readonly required: readonly string[];
  readonly members: Readonly<Record<string, Shape>>;
}

export type Shape = StringShape | NumberShape | BooleanShape | ListShape | StructureShape;

type ShapeOf<T> = [T] extends [string]
  ? StringShape
  : [T] extends [number]
    ? NumberShape
    : [T] extends [boolean]
      ? BooleanShape
      : T extends readonly (infer Member)[]
        ? ListShape & { readonly member: ShapeOf<Member> }
        : StructureOf<T>;

/** The shape that an input type must have; a member that only one of the two knows fails to compile. */
export type StructureOf<T> = StructureShape & {
  readonly required: readonly (keyof T)[];
  readonly members: { readonly [Member in keyof T]-?: ShapeOf<NonNullable<T[Member]>> };
};

export function structure<const Required extends string, const Members extends Readonly<Record<string, Shape>>>(
  name: string,
  required: readonly Required[],
  members: Members,
): StructureShape & { readonly required: readonly Required[]; readonly members: Members } {
  return { type: "structure", name, required, members };
}

export function listOf<Member extends Shape>(
  member: Member,
  bounds: { readonly min?: number; readonly max?: number } = {},
): ListShape & { readonly member: Member } {
  return { type: "list", member, ...bounds };
}
