/** The whole surface of the service, and what is said of each part. */
import { api } from "./chapters/api.ts";
import { language } from "./chapters/language.ts";
import { failures } from "./chapters/failures.ts";
import { mapFields } from "./chapters/fields-map.ts";
import { simpleFields } from "./chapters/fields-simple.ts";
import { workFields } from "./chapters/fields-work.ts";
import { quotas } from "./chapters/quotas.ts";
import { events, tasksChapter } from "./chapters/tasks-and-events.ts";
import type { Chapter } from "./claim.ts";

export const chapters: readonly Chapter[] = [
  simpleFields,
  workFields,
  mapFields,
  language,
  failures,
  api,
  tasksChapter,
  events,
  quotas,
];
