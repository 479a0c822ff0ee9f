/** The items of one object, cut out of its bytes. */
import type { Json } from "../../asl/json.ts";
import type { BeginCutting, Cut } from "./cutter.ts";
import type { OpenObject, StreamPlace } from "./object-stream.ts";
import type { FoundRecord, RecordSource } from "./record-source.ts";

type Position = StreamPlace & { readonly memo: Json };

export function cutObject(open: OpenObject, begin: BeginCutting): RecordSource {
  return {
    read: async (position, limit) => {
      const at = position as Position | undefined;
      const stream = await open(at);
      const cutter = begin(stream.place.offset, at?.memo);
      const records: FoundRecord[] = [];
      let size = 0;
      const take = ({ text, end, isMember }: Cut): boolean => {
        records.push({
          text,
          next: { ...stream.place, offset: end, memo: cutter.memo },
          ...(isMember && { isMember }),
        });
        size += text.length;
        return records.length >= limit.items || size >= limit.bytes;
      };
      for (;;) {
        const chunk = await stream.next();
        for (const cut of chunk === undefined ? cutter.finish() : cutter.cut(chunk)) {
          if (!take(cut)) continue;
          stream.close();
          return { records, next: records.at(-1)?.next ?? null };
        }
        if (chunk === undefined || cutter.isDone) {
          stream.close();
          return { records };
        }
      }
    },
  };
}
