/** Topics: names that messages are published on. */
import { topicArnOf, isTopicName, type Topic } from "../../runtime/topics/topics.ts";
import * as store from "../../runtime/topics/topics.ts";
import { NO_DELIVERIES } from "../../runtime/queues/send.ts";
import { forgetReads } from "../../runtime/recent-reads.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, object, pageOf, TEXT, type JsonSchema } from "./schema.ts";

const MAX_BODY_BYTES = 1_024;
const LIST = "topics";
const WISH: JsonSchema = { title: "TopicRequest", type: "object", properties: {}, additionalProperties: false };
const TOPIC = object("Topic", { name: TEXT, arn: TEXT, createdAt: INSTANT });

export const TOPIC_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/topics",
    id: "ListTopics",
    summary: "Lists the topics",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Topics", "topics", TOPIC),
    handle: async ({ context, query }) => {
      const page = await store.listTopics(context.db, readCursor(LIST, query), readLimit(query));
      const topics = page.items.map((topic) => show(context, topic));
      return jsonResponse(JSON.stringify({ topics, ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/topics/{topic}",
    id: "DescribeTopic",
    summary: "Shows a topic",
    query: [],
    resource: topicResource,
    status: 200,
    answer: TOPIC,
    handle: async ({ context, path: { topic: name = "" } }) => {
      const topic = await store.findTopic(context.db, name);
      return topic === undefined ? unknownTopic(name) : jsonResponse(JSON.stringify(show(context, topic)));
    },
  },
  {
    method: "PUT",
    path: "/api/topics/{topic}",
    id: "PutTopic",
    summary: "Makes a topic; one that is there stays as it is",
    query: [],
    resource: topicResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: TOPIC,
    handle: async ({ context, path: { topic: name = "" } }) => {
      if (!context.hasQueue("MESSAGES_QUEUE")) return problem(501, NO_DELIVERIES);
      if (!isTopicName(name)) return problem(400, `'${name}' cannot be the name of a topic`);
      const topic = await store.storeTopic(context.db, { name, createdAt: context.now() });
      return jsonResponse(JSON.stringify(show(context, topic)));
    },
  },
  {
    method: "DELETE",
    path: "/api/topics/{topic}",
    id: "DeleteTopic",
    summary: "Deletes a topic and its subscriptions; what is on its way is dropped",
    query: [],
    resource: topicResource,
    status: 204,
    handle: async ({ context, path: { topic: name = "" } }) => {
      const wasThere = await store.deleteTopic(context.db, name);
      forgetReads(context.db);
      return wasThere ? new Response(null, { status: 204 }) : unknownTopic(name);
    },
  },
];

export function topicResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  return topicArnOf(context.config, path["topic"] ?? "");
}

export function unknownTopic(name: string): Response {
  return problem(404, `There is no topic '${name}'`);
}

function show({ config }: RestRequest["context"], { name, createdAt }: Topic): object {
  return { name, arn: topicArnOf(config, name), createdAt: new Date(createdAt).toISOString() };
}
