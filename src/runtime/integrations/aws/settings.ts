/** What the settings say of real AWS: with which keys it is called, where, and for which services although Stepflare has its own. */
import { readTable } from "../../settings-table.ts";

export interface AwsEnv {
  /** Secrets, as AWS's own tools name them. */
  readonly AWS_ACCESS_KEY_ID?: string;
  readonly AWS_SECRET_ACCESS_KEY?: string;
  readonly AWS_SESSION_TOKEN?: string;
  readonly AWS_REGION?: string;
  readonly AWS_SERVICES?: string;
  /** A table, or its JSON text. */
  readonly AWS_ENDPOINTS?: unknown;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

export interface AwsSettings {
  /** undefined: AWS is not called. */
  readonly credentials: AwsCredentials | undefined;
  readonly region: string;
  /** Resource types (`aws-sdk:sqs`), services (`sqs`, which is both), or `*`. */
  readonly services: ReadonlySet<string>;
  /** By the service's name in `aws-sdk:` resources, or `*`. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** `*` leaves these here, unless they are named: of AWS they mean other state machines than those of this Stepflare. */
const NAMED_ONLY: ReadonlySet<string> = new Set(["states", "aws-sdk:sfn"]);

/** Throws an error that names the setting and what it takes. @param region of this Stepflare */
export function readAws(env: AwsEnv, region: string): AwsSettings {
  return {
    credentials: readCredentials(env),
    region: readRegion(env.AWS_REGION ?? "", region),
    services: readServices(env.AWS_SERVICES ?? ""),
    endpoints: readEndpoints(env.AWS_ENDPOINTS),
  };
}

/** Whether calls of that type leave although Stepflare has an integration of its own. */
export function takesOver({ services }: Pick<AwsSettings, "services">, resourceType: string): boolean {
  if (services.size === 0) return false;
  if (services.has(resourceType) || services.has(resourceType.replace(/^aws-sdk:/u, ""))) return true;
  return services.has("*") && !NAMED_ONLY.has(resourceType);
}

function readCredentials(env: AwsEnv): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  if (accessKeyId === "" && secretAccessKey === "") return undefined;
  if (accessKeyId === "" || secretAccessKey === "")
    throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together");
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined };
}

function readRegion(given: string, otherwise: string): string {
  if (!/^[a-z0-9-]*$/u.test(given)) throw new Error("AWS_REGION must be a region of AWS such as eu-central-1");
  return given === "" ? otherwise : given;
}

function readServices(given: string): ReadonlySet<string> {
  const entries = given
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const wrong = entries.find((entry) => !/^(?:\*|(?:aws-sdk:)?[a-z][a-z0-9-]*)$/u.test(entry));
  if (wrong === undefined) return new Set(entries);
  throw new Error(
    `AWS_SERVICES must be a list of services such as "sqs, dynamodb, aws-sdk:s3", or "*"; it has '${wrong}'`,
  );
}

function readEndpoints(given: unknown): AwsSettings["endpoints"] {
  const table = readTable(given);
  if (table !== undefined && Object.values(table).every(isEndpoint)) return table as AwsSettings["endpoints"];
  throw new Error(
    'AWS_ENDPOINTS must be a JSON object from services, or "*", to URLs without a path: {"sqs": "https://sqs.example.com"}',
  );
}

function isEndpoint(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/u.test(url.protocol) && value.replace(/\/$/u, "") === url.origin;
}
