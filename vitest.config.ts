/** Two kinds of tests: the pure core and the API in Node, the runtime in workerd. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { TASK_BINDINGS } from "./test/task-bindings.ts";

export default defineConfig({
  test: {
    // `npm run coverage`: of the core, by the tests that run in Node.
    coverage: {
      provider: "v8",
      include: ["src/{asl,data,engine}/**/*.ts"],
      reporter: ["text", "html"],
      reportsDirectory: ".cache/coverage",
      thresholds: { 100: true },
    },
    projects: [
      {
        // The Worker's objects, on the platform in memory of test/platform.
        resolve: { alias: { "cloudflare:workers": `${import.meta.dirname}/test/platform/cloudflare-workers.ts` } },
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{runtime,e2e,chaos,conformance}/**"],
          environment: "node",
          // Some go through thousands of cases; a busy machine takes its time over them.
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              ...TASK_BINDINGS,
              bindings: {
                OPEN_ON_LOOPBACK: "true",
                EMAIL: "MAIL",
                EMAIL_FROM: "stepflare@example.com",
                TASK_BINDINGS: "MY_KV, MY_R2, MY_DB, MY_QUEUE, MY_WORKER, MY_SUMS, MY_FLOW, MY_DATA, MAIL, NOT_THERE",
              },
              // Keeps mails, and sends none.
              email: { send_email: [{ name: "MAIL", allowed_sender_addresses: ["stepflare@example.com"] }] },
            },
          }),
        ],
        test: {
          name: "runtime",
          include: ["test/runtime/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "front-door",
          include: ["test/{e2e,chaos,conformance}/**/*.test.ts"],
          environment: "node",
          // Nothing is asserted of time: a busy machine takes as long as it takes.
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
