/** What a data set is read through: pages of records, each of which says where to go on behind it. */
import type { Json } from "../../asl/json.ts";

export interface FoundRecord {
  /** JSON text. */
  readonly text: string;
  readonly next: Json;
  /** The object it comes from, where the data set has several. */
  readonly source?: string;
  /** It is a member of an object, as a pair of `Key` and `Value`. */
  readonly isMember?: true;
}

export interface RecordPage {
  readonly records: readonly FoundRecord[];
  /** Absent: that was the end. */
  readonly next?: Json;
}

/** When a page is full. At least one record is read, however large it is. */
export interface SliceLimit {
  readonly items: number;
  /** Characters of item text. */
  readonly bytes: number;
}

export interface RecordSource {
  /** Throws ItemReaderFailure. @param position absent: the beginning */
  read(position: Json | undefined, limit: SliceLimit): Promise<RecordPage>;
}
