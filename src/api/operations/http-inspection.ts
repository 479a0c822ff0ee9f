/**
 * What TestState shows at the level TRACE of what an HTTP Task sent and got.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
 */
import type { HeaderPairs, HttpExchange } from "../../runtime/integrations/http/exchange.ts";
import type { Output } from "../aws-json.ts";

/** @param reveal whether what the connection added is shown, and its secrets where they are echoed */
export function httpInspection({ request, added, answer, conceal }: HttpExchange, reveal: boolean): Output {
  const shown = reveal ? (text: string): string => text : conceal;
  const protocol = new URL(request.url).protocol.replace(":", "");
  return {
    request: {
      protocol,
      method: request.method,
      url: request.url,
      headers: headersText(reveal ? [...request.headers, ...added] : request.headers),
      ...(request.body !== undefined && { body: request.body }),
    },
    ...(answer && {
      response: {
        protocol,
        statusCode: String(answer.status),
        statusMessage: answer.statusText,
        headers: shown(headersText(answer.headers)),
        body: shown(answer.text),
      },
    }),
  };
}

function headersText(headers: HeaderPairs): string {
  return `[${headers.map(([name, value]) => `${name}: ${value}`).join(", ")}]`;
}
