/** What the driver of a Standard execution stands on: the platform, and what it stores beside the snapshot. */
import type { TurnEntropy } from "../engine/turn.ts";
import type { AnsweredTask } from "./answered-tasks.ts";
import type { AbandonedChild, AbandoningHost } from "./abandoned-children.ts";
import type { AlarmHost } from "./earliest-alarm.ts";
import type { Usage } from "./execution-rpc.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { DemandsHost } from "./map/map-run-demands.ts";
import type { ObserveTurn } from "./observe/platform.ts";
import type { BreakerHost } from "./poison-breaker.ts";
import type { RedriveToken } from "./redrive.ts";
import type { NoticesHost } from "./status-notices.ts";
import type { CallsHost } from "./tasks/task-calls.ts";

/** What a driver needs of the platform. */
export interface DriverHost extends NoticesHost, DemandsHost, AlarmHost, BreakerHost, AbandoningHost, CallsHost {
  readonly store: ExecutionStore;
  readonly region: string;
  readonly watchdogSeconds: number;
  entropy(executionArn: string): TurnEntropy;
  /** Hears each turn; must not throw. */
  readonly observe: ObserveTurn;
}

/** What the driver stores beside the snapshot. */
export interface DriverState {
  /** Counts the changes of status: the version of the index entry. */
  readonly statusVersion: number;
  /** The version that is known to have reached the queue or the index. */
  readonly announcedVersion?: number | undefined;
  readonly usage: Usage;
  /** The last note of the poison breaker that is settled; absent: none was ever made. */
  readonly settledNote?: number;
  /** The newest first; absent: none were given. */
  readonly redriveTokens?: readonly RedriveToken[];
  /** See MapRunPlace; absent: as it was started. */
  readonly mapRunEpoch?: number;
  /** Absent: there are none. */
  readonly abandonedChildren?: readonly AbandonedChild[];
  /** The newest first; absent: there were none. */
  readonly answeredTasks?: readonly AnsweredTask[];
}
