/** `ai:run`: a model of Workers AI. Streams, such as images, are read and shown in base64. @see https://developers.cloudflare.com/workers-ai/ */
import type { Json } from "../../../asl/json.ts";
import { readBase64 } from "./contents.ts";
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareActions } from "./request.ts";

/** As far as it is called, whatever the model. */
type Run = (model: string, input: Json, options: Json) => Promise<unknown>;

export const ai: CloudflareActions = {
  run: action(
    { Binding: "text?", Model: "text", Input: "json", Options: "object?" },
    async ({ Binding = "AI", Model, Input, Options = {} }, request) => {
      const binding = request.binding("ai", Binding) as unknown as { readonly run: Run };
      const answer = await binding.run(Model, Input, Options);
      const stream = answer instanceof Response ? answer.body : answer;
      const { maxPayloadBytes } = request.call;
      return {
        Response: stream instanceof ReadableStream ? await readBase64(stream, maxPayloadBytes) : jsonOf(stream),
      };
    },
  ),
};
