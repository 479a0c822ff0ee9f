/**
 * dynalite in a thread of its own: some requests that it should refuse make it throw where nobody catches. Then the callers find
 * their connections closed.
 */
import { parentPort } from "node:worker_threads";
import dynalite from "dynalite";

const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
process.on("uncaughtException", () => server.closeAllConnections());
// A thread's port has no origin to name.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
server.listen(0, "127.0.0.1", () => parentPort?.postMessage(server.address().port));
