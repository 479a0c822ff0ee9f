/** The settings of where logs, spans and metrics go. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/env.ts";
import { readObservability, type ObservabilitySettings } from "../../src/runtime/observe/settings.ts";

test("without settings logs go to the Worker's log, and nothing else goes anywhere", () => {
  expect(readObservability({})).toEqual({ logSinks: ["console"], metricsEndpoint: false });
  expect(readConfig({}).observability).toEqual(readObservability({}));
});

test("sinks are a list, which may be empty", () => {
  const all = {
    LOG_SINKS: "console, otlp,queue,r2",
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel.test/base/",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a%3Db,x-team = blue , x-odd=100%",
    LOG_QUEUE: {},
    METRICS_ENDPOINT: "true",
  };
  expect(readObservability(all)).toEqual({
    logSinks: ["console", "otlp", "queue", "r2"],
    otlp: {
      endpoint: "https://otel.test/base",
      headers: { authorization: "Bearer a=b", "x-team": "blue", "x-odd": "100%" },
    },
    metricsEndpoint: true,
  });
  expect(readObservability({ LOG_SINKS: "" }).logSinks).toEqual([]);
});

test.each<[ObservabilitySettings, string]>([
  [{ LOG_SINKS: "console,s3" }, "LOG_SINKS must be a list of console, otlp, queue, r2; it has 's3'"],
  [{ LOG_SINKS: "otlp" }, 'LOG_SINKS names "otlp", which needs OTEL_EXPORTER_OTLP_ENDPOINT'],
  [{ LOG_SINKS: "queue" }, 'LOG_SINKS names "queue", which needs the queue binding LOG_QUEUE'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "otel:4318" }, "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL"],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel", OTEL_EXPORTER_OTLP_HEADERS: "secret" },
    "OTEL_EXPORTER_OTLP_HEADERS must be a list such as authorization=Bearer%20x,x-team=y",
  ],
  [{ METRICS_ENDPOINT: "yes" }, 'METRICS_ENDPOINT must be "true" or "false"'],
])("%j is refused, and the message says what to set", (settings, message) => {
  expect(() => readObservability(settings)).toThrow(new Error(message));
});
