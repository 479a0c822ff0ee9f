/**
 * The configurations of a state machine: what is accepted, and how it is stored and shown.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html
 */
import { ApiError } from "./api-error.ts";
import type { EncryptionConfiguration, LoggingConfiguration, TracingConfiguration } from "./inputs.ts";

/** Logs are written by Stepflare itself, so the log group of a destination is a name and need not exist. */
const LOG_GROUP_ARN = /^arn:[\w-]+:logs:[^:]+:[^:]+:log-group:[^:]+:\*$/u;

/** As JSON text, with the defaults filled in. */
export function storedLogging(given: LoggingConfiguration | undefined): string {
  const { level = "OFF", includeExecutionData = false, destinations } = given ?? {};
  const count = destinations?.length ?? 0;
  if (count > 1 || (level !== "OFF" && count !== 1)) throw invalidLogging("Must specify exactly one Log Destination.");
  for (const destination of destinations ?? []) {
    if (!LOG_GROUP_ARN.test(destination.cloudWatchLogsLogGroup?.logGroupArn ?? ""))
      throw invalidLogging("Log Destination not found.");
  }
  return JSON.stringify({ level, includeExecutionData, destinations });
}

export function storedTracing(given: TracingConfiguration | undefined): string {
  return JSON.stringify({ enabled: given?.enabled ?? false });
}

/** Differs from AWS: there is no KMS here, and a key that encrypts nothing is refused rather than accepted. */
export function storedEncryption(given: EncryptionConfiguration | undefined): string {
  const isOwned = given === undefined || given.type === "AWS_OWNED_KEY";
  if (!isOwned) throw invalidEncryption("Stepflare does not support customer managed KMS keys.");
  if (given?.kmsKeyId !== undefined || given?.kmsDataKeyReusePeriodSeconds !== undefined) {
    throw invalidEncryption("kmsKeyId and kmsDataKeyReusePeriodSeconds are only for CUSTOMER_MANAGED_KMS_KEY.");
  }
  return JSON.stringify({ type: "AWS_OWNED_KEY" });
}

/** A stored configuration as an answer shows it. */
export function shown(stored: string | undefined): unknown {
  return stored === undefined ? undefined : (JSON.parse(stored) as unknown);
}

function invalidLogging(reason: string): ApiError {
  return new ApiError("InvalidLoggingConfiguration", `Invalid Logging Configuration: ${reason}`);
}

function invalidEncryption(reason: string): ApiError {
  return new ApiError("InvalidEncryptionConfiguration", `Invalid Encryption Configuration: '${reason}'`);
}
