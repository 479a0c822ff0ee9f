/**
 * How the answers of AWS's services look in a task's result and in its failure: the SDK's metadata, and causes as the two SDKs write
 * them (version 1 for the optimized integrations, version 2 for `aws-sdk:…`).
 */
import type { StateFailure } from "../../asl/error-names.ts";
import type { JsonObject } from "../../asl/json.ts";

/** A service's refusal. */
export interface ServiceRefusal {
  /** As the service names it, such as `ResourceNotFoundException`. */
  readonly code: string;
  readonly message: string;
  /** The HTTP status. */
  readonly status: number;
  /** Of the service's own answer; absent: one is made up. */
  readonly requestId?: string;
  /** What the SDK calls the exception; absent: as the code says. */
  readonly exception?: string;
}

/** The members that every optimized integration's result has beside the service's own. */
export function sdkMetadata(contentType: string, contentLength: number, status = 200): JsonObject {
  const requestId = crypto.randomUUID();
  const headers = {
    "x-amzn-RequestId": requestId,
    connection: "keep-alive",
    "Content-Length": String(contentLength),
    Date: new Date().toUTCString(),
    "Content-Type": contentType,
  };
  const AllHttpHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders, HttpHeaders: headers, HttpStatusCode: status },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

/** Of an optimized integration. @param prefix of the error, as in `SQS.…` @param service as in `Service: AmazonSQS` */
export function optimizedFailure(
  prefix: string,
  service: string,
  { code, message, status, requestId = crypto.randomUUID(), exception = exceptionName(code) }: ServiceRefusal,
): StateFailure {
  const details = `Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null`;
  return { error: `${prefix}.${exception}`, cause: `${message} (${details})` };
}

/** Of `aws-sdk:…`. @param service as in `Service: Sfn`, and the error's prefix @param attempts undefined: AWS does not show them */
export function sdkFailure(
  service: string,
  { code, message, status, requestId = crypto.randomUUID(), exception = exceptionName(code) }: ServiceRefusal,
  attempts?: number,
): StateFailure {
  const counted = attempts === undefined ? "" : ` (SDK Attempt Count: ${attempts})`;
  const details = `(Service: ${service}, Status Code: ${status}, Request ID: ${requestId})${counted}`;
  return { error: `${service}.${exception}`, cause: `${message} ${details}` };
}

/** As the SDKs for Java name their classes. */
export function exceptionName(code: string): string {
  return code.endsWith("Exception") ? code : `${code}Exception`;
}
