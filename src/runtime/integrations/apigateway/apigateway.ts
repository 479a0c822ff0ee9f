/**
 * `apigateway:invoke`: an API of API Gateway, at AWS or wherever API_ENDPOINTS says that it is now.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
 */
import { derivedUuid } from "../../derived-uuid.ts";
import type { SendOutbound } from "../../outbound/send.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { answeredTask, depthHeader, type AnswerNames } from "../http/answered-task.ts";
import { exchange, type HttpRequest } from "../http/exchange.ts";
import type { ServiceCall } from "../integration.ts";
import { ParameterFault, withParameters } from "../parameters.ts";
import { readGatewayTask } from "./gateway-request.ts";
import type { ApiEndpoints } from "./settings.ts";

export interface GatewayServices {
  readonly send: SendOutbound;
  readonly endpoints: ApiEndpoints;
  /** Signs for API Gateway (the service `execute-api`); undefined: there are no credentials of AWS. */
  readonly sign: ((request: HttpRequest) => Promise<HttpRequest>) | undefined;
}

export async function callApiGateway(
  services: GatewayServices,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer | undefined> {
  return withParameters(call, async () =>
    call.resource.action === "invoke" ? invoke(services, call, signal) : undefined,
  );
}

async function invoke(
  { send, endpoints, sign }: GatewayServices,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const key = derivedUuid(call.idempotencyKey);
  const { request, signed } = readGatewayTask(call.parameters.value, endpoints, key);
  const depth = depthHeader(call);
  if ("kind" in depth) return depth;
  if (signed && sign === undefined) {
    return failed("States.Runtime", "AuthType needs a signature: this Stepflare has no credentials of AWS.");
  }
  const ready = signed && sign !== undefined ? await sign(request) : request;
  const headers = [...ready.headers, depth];
  const exchanged = await exchange(send, { ...ready, headers }, { maxBytes: call.maxPayloadBytes, signal });
  switch (exchanged.kind) {
    case "answered":
      return answeredTask(call, exchanged.answer, NAMES);
    case "unreached":
      return failed("ApiGateway.SdkClientException", `There is no answer of ${request.url}: ${exchanged.reason}`);
    case "refused":
      throw new ParameterFault(`The value of the field 'ApiEndpoint' cannot be used: ${exchanged.reason}`);
  }
}

const NAMES: AnswerNames = { error: (status) => `ApiGateway.${status}`, header: gatewayName };

/** As API Gateway writes them, which fetch forgets. */
function gatewayName(header: string): string {
  if (header === "x-amzn-requestid") return "x-amzn-RequestId";
  if (header === "x-amz-apigw-id") return header;
  return header.replaceAll(/(?:^|-)[a-z]/gu, (letter) => letter.toUpperCase());
}
