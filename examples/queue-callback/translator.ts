/** Takes translations from the queue and answers with their tokens. `npx node examples/queue-callback/translator.ts` */
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";

const PORT = 8899;
const THINKING_MS = 1000;
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pt: { the: "o", harbor: "porto", is: "está", open: "aberto" },
  de: { the: "der", harbor: "Hafen", is: "ist", open: "offen" },
};

/** What a queue calls its consumer with: Lambda's event for SQS. */
interface Messages {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

interface Order {
  readonly text: string;
  readonly to: string;
  readonly token: string;
}

/** Listens for what the queue delivers. An answer with 200 takes the messages; after anything else they come again. */
export function startTranslator(client: SFNClient, port: number = PORT): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { Records } = JSON.parse(Buffer.concat(chunks).toString()) as Messages;
      const all = Promise.all(Records.map(({ body }) => translate(client, JSON.parse(body) as Order)));
      all.then(
        () => response.writeHead(200, { "Content-Type": "application/json" }).end("{}"),
        (error: unknown) => {
          console.error(error);
          response.writeHead(500).end();
        },
      );
    });
  });
  return server.listen(port, "localhost");
}

async function translate(client: SFNClient, { text, to, token: taskToken }: Order): Promise<void> {
  const words = Object.hasOwn(WORDS, to) ? WORDS[to] : undefined;
  if (words === undefined) {
    const cause = `Nobody here speaks '${to}'.`;
    await client.send(new SendTaskFailureCommand({ taskToken, error: "NoSuchLanguage", cause }));
    return;
  }
  // Each heartbeat gives it another HeartbeatSeconds.
  await client.send(new SendTaskHeartbeatCommand({ taskToken }));
  await sleep(THINKING_MS);
  const translated = text.replaceAll(/\w+/gu, (word) => words[word.toLowerCase()] ?? word);
  await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ text: translated, to }) }));
  console.log(`translated: ${translated}`);
}

if (import.meta.main) {
  const endpoint = process.argv[2] ?? "http://localhost:8787";
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  startTranslator(new SFNClient({ endpoint, region: "us-east-1", credentials }));
}
