/**
 * AWS in this process: DynamoDB (dynalite), SQS, SNS and EventBridge behind a door that checks signatures as AWS does.
 *
 * Only what the tests need, and of that what the services say: AWS's own clients speak to it as well, and check what they get.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import aws4 from "aws4";
import dynalite from "dynalite";

export interface StandIn {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What EventBridge took. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly queries: Queries;
  /** How many requests came in, by service; those that were refused for their signature are not counted. */
  readonly requests: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Athena's. */
export interface Queries {
  /** The texts of those that were begun, one for each request. */
  readonly begun: string[];
  readonly stopped: string[];
  /** Whether they have all succeeded. */
  areDone: boolean;
}

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const KEYS = { accessKeyId: "AKIDSTANDIN", secretAccessKey: "stand-in/secret+key" };

export async function startStandIn(): Promise<StandIn> {
  const tables = dynalite({ createTableMs: 0 });
  await listening(tables);
  const tablePort = (tables.address() as AddressInfo).port;
  const queues: Queues = new Map();
  const subscriptions = new Map<string, string[]>();
  const events: Readonly<Record<string, unknown>>[] = [];
  const requests = new Map<string, number>();
  const queries: Queries = { begun: [], stopped: [], areDone: false };
  const services: Readonly<Record<string, (received: Received) => Answer | Promise<Answer>>> = {
    dynamodb: (received) => forwarded(tablePort, received),
    sqs: (received) => sqs(queues, received),
    sns: (received) => sns(subscriptions, queues, received),
    events: (received) => eventBridge(events, received),
    athena: (received) => athena(queries, received),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const received = {
        headers: request.headers,
        path: request.url ?? "/",
        body: Buffer.concat(chunks).toString("utf8"),
      };
      const service = signedService(received, request.method ?? "GET");
      const perform = service === undefined ? undefined : services[service];
      if (service !== undefined) requests.set(service, (requests.get(service) ?? 0) + 1);
      const refused = jsonError(
        403,
        "com.amazon.coral.service#InvalidSignatureException",
        "The signature does not match",
      );
      void Promise.resolve(perform === undefined ? refused : perform(received)).then(({ status, headers, body }) => {
        response.writeHead(status, { "x-amzn-requestid": randomUUID(), ...headers });
        response.end(body);
      });
    });
  });
  await listening(server);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...KEYS,
    events,
    queries,
    requests,
    stop: async () => {
      await Promise.all([server, tables].map((each) => new Promise((closed) => each.close(closed))));
    },
  };
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
}

/** The service that the request is signed for; undefined: its signature is not that of another signer, over the same. */
function signedService({ headers, path, body }: Received, method: string): string | undefined {
  const { authorization = "" } = headers;
  const parts =
    /Credential=\w+\/\d{8}\/(?<region>[\w-]+)\/(?<service>\w+)\/aws4_request, ?SignedHeaders=(?<names>[^,]+)/u;
  const { region = "", service = "", names = "" } = parts.exec(authorization)?.groups ?? {};
  const signed = aws4.sign(
    {
      method,
      service,
      region,
      path,
      headers: Object.fromEntries(names.split(";").map((name) => [name, String(headers[name] ?? "")])),
      body,
      extraHeadersToIgnore: Object.fromEntries(
        ["content-type", "content-length"]
          .filter((name) => !names.split(";").includes(name))
          .map((name) => [name, true]),
      ),
    } as aws4.Request,
    KEYS,
  );
  const isSame = String(signed.headers?.["Authorization"]).replaceAll(" ", "") === authorization.replaceAll(" ", "");
  return isSame ? service : undefined;
}

async function forwarded(port: number, { headers, path, body }: Received): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const kept = Object.entries(response.headers).filter(
          ([name]) => !/^(?:transfer-encoding|connection)$/u.test(name),
        );
        resolve({
          status: response.statusCode ?? 500,
          headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The bodies of messages, by the queue's URL. */
type Queues = Map<string, { readonly body: string; readonly attributes: unknown }[]>;

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

function sqs(queues: Queues, { headers, body }: Received): Answer {
  const input = JSON.parse(body) as {
    QueueName: string;
    QueueUrl: string;
    MessageBody?: string;
    MessageAttributes?: unknown;
  };
  const queue = queues.get(input.QueueUrl);
  switch (targetOf(headers)) {
    case "CreateQueue": {
      const url = `https://sqs.us-east-1.amazonaws.com/123456789012/${input.QueueName}`;
      queues.set(url, []);
      return json({ QueueUrl: url });
    }
    case "SendMessage": {
      if (queue === undefined) {
        const error = jsonError(400, "com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.");
        return {
          ...error,
          headers: { ...error.headers, "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender" },
        };
      }
      if (!input.MessageBody) {
        const text = "The request must contain the parameter MessageBody.";
        const error = jsonError(400, "com.amazon.coral.service#MissingRequiredParameterException", text);
        return { ...error, headers: { ...error.headers, "x-amzn-query-error": "MissingParameter;Sender" } };
      }
      queue.push({ body: input.MessageBody, attributes: input.MessageAttributes });
      return json({ MD5OfMessageBody: md5(input.MessageBody), MessageId: randomUUID() });
    }
    case "ReceiveMessage":
      return json({
        Messages: (queue ?? []).splice(0).map(({ body: text, attributes }) => ({
          MessageId: randomUUID(),
          ReceiptHandle: "r",
          Body: text,
          MD5OfBody: md5(text),
          ...(attributes !== undefined && { MessageAttributes: attributes }),
        })),
      });
    default:
      return jsonError(400, "com.amazon.coral.service#UnknownOperationException", "");
  }
}

function sns(subscriptions: Map<string, string[]>, queues: Queues, { body }: Received): Answer {
  const form = new URLSearchParams(body);
  const action = form.get("Action") ?? "";
  const topic = form.get("TopicArn") ?? `arn:aws:sns:us-east-1:123456789012:${form.get("Name") ?? ""}`;
  const subscribed = subscriptions.get(topic);
  switch (action) {
    case "CreateTopic":
      subscriptions.set(topic, []);
      return xml(action, `<TopicArn>${topic}</TopicArn>`);
    case "Subscribe":
      subscribed?.push(form.get("Endpoint") ?? "");
      return xml(action, "<SubscriptionArn>s</SubscriptionArn>");
    case "Publish": {
      if (subscribed === undefined) {
        const error = "<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error>";
        return { status: 404, headers: XML, body: `<ErrorResponse>${error}</ErrorResponse>` };
      }
      const MessageAttributes = {
        [form.get("MessageAttributes.entry.1.Name") ?? ""]: {
          Type: form.get("MessageAttributes.entry.1.Value.DataType"),
          Value: form.get("MessageAttributes.entry.1.Value.StringValue"),
        },
      };
      const message = { Type: "Notification", TopicArn: topic, Message: form.get("Message"), MessageAttributes };
      for (const url of subscribed) queues.get(url)?.push({ body: JSON.stringify(message), attributes: undefined });
      return xml(action, `<MessageId>${randomUUID()}</MessageId>`);
    }
    default:
      return {
        status: 400,
        headers: XML,
        body: "<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>",
      };
  }
}

function eventBridge(events: Readonly<Record<string, unknown>>[], { body }: Received): Answer {
  const { Entries: entries } = JSON.parse(body) as { readonly Entries: readonly Readonly<Record<string, unknown>>[] };
  const answers = entries.map((entry) => {
    if (entry["Source"] === undefined)
      return { ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Source is not valid." };
    events.push(entry);
    return { EventId: randomUUID() };
  });
  return json({ Entries: answers, FailedEntryCount: answers.filter((each) => "ErrorCode" in each).length });
}

function athena(queries: Queries, { headers, body }: Received): Answer {
  const input = JSON.parse(body) as { readonly QueryString: string; readonly QueryExecutionId: string };
  switch (targetOf(headers)) {
    case "StartQueryExecution":
      return json({ QueryExecutionId: `q-${queries.begun.push(input.QueryString)}` });
    case "GetQueryExecution": {
      const State = queries.areDone ? "SUCCEEDED" : "RUNNING";
      return json({ QueryExecution: { QueryExecutionId: input.QueryExecutionId, Status: { State } } });
    }
    case "StopQueryExecution":
      queries.stopped.push(input.QueryExecutionId);
      return json({});
    default:
      return jsonError(400, "com.amazon.coral.service#UnknownOperationException", "");
  }
}

function targetOf(headers: IncomingMessage["headers"]): string {
  return (
    String(headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ?? ""
  );
}

const XML = { "content-type": "text/xml" };

function xml(action: string, result: string): Answer {
  const metadata = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>";
  const body = `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`;
  return { status: 200, headers: XML, body };
}

function json(body: unknown, status = 200): Answer {
  return { status, headers: { "content-type": "application/x-amz-json-1.0" }, body: JSON.stringify(body) };
}

function jsonError(status: number, type: string, message: string): Answer {
  return json({ __type: type, message }, status);
}
