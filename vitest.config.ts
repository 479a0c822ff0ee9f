/** Two kinds of tests: the pure core and the API in Node, the runtime in workerd. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/{asl,data,engine,api,store,hostile}/**/*.test.ts"],
          environment: "node",
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: {
          name: "runtime",
          include: ["test/runtime/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "front-door",
          include: ["test/{e2e,chaos,conformance}/**/*.test.ts"],
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
