/** The store over a storage in memory that is as strict as the real one. */
import { testExecutionStore } from "./execution-store.suite.ts";
import { MemoryStorage } from "./memory-storage.ts";

testExecutionStore("a storage in memory", (work) => work(new MemoryStorage()));
