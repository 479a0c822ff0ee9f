/** The words of the tests of messages: queues in memory, and tasks that send to them. */
import type { Json } from "../../src/asl/json.ts";
import { parseResource } from "../../src/asl/resource.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import type { ServiceCall } from "../../src/runtime/integrations/integration.ts";
import type { DeliveryMessage, DeliveryObjects, DeliveryQueue } from "../../src/runtime/messages/delivery.ts";
import type { QueuePlan } from "../../src/runtime/queues/queues.ts";
import { messageQueues, type MessageQueues, type QueueHost } from "../../src/runtime/queues/send.ts";

export const AT: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const QUEUE_URL: string = "https://sqs.us-east-1.amazonaws.com/123456789012/";
export const EXECUTION: string = "arn:aws:states:us-east-1:123456789012:execution:M:e";

export function planOf(name: string, more: Partial<QueuePlan> = {}): QueuePlan {
  return {
    name,
    function: "work",
    batchSize: 10,
    delaySeconds: 0,
    visibilityTimeoutSeconds: 30,
    maxReceiveCount: 3,
    createdAt: AT,
    ...more,
  };
}

type BoundQueue = ReturnType<QueueHost["findBinding"]>;

export interface Sent {
  readonly body: unknown;
  readonly delaySeconds?: number;
}

/** R2 in memory. */
export class Objects implements DeliveryObjects {
  readonly held = new Map<string, string>();

  async put(key: string, text: string): Promise<void> {
    this.held.set(key, text);
  }

  async get(key: string): Promise<{ text(): Promise<string> } | null> {
    const text = this.held.get(key);
    return text === undefined ? null : { text: async () => text };
  }

  async delete(key: string): Promise<void> {
    this.held.delete(key);
  }
}

/** Queues of Stepflare's own, `bound`, which leads to a binding, and `unbound`, whose binding there is not. */
export class World {
  readonly objects: Objects = new Objects();
  readonly plans: Map<string, QueuePlan> = new Map();
  /** What went to the queue `stepflare-messages`, a call each. */
  readonly deliveries: Sent[][] = [];
  /** What went to the binding, a call each. */
  readonly bound: Sent[][] = [];
  readonly queues: MessageQueues;

  constructor(plans: readonly QueuePlan[], hasDeliveries = true) {
    for (const plan of plans) this.plans.set(plan.name, plan);
    const sendBatch = async (messages: readonly Sent[]): Promise<void> => void this.bound.push([...messages]);
    this.queues = messageQueues({
      config: DEFAULT_ARN_CONFIG,
      bound: { bound: "MINE", unbound: "NONE" },
      findBinding: (binding) => (binding === "MINE" ? ({ sendBatch } as BoundQueue) : undefined),
      findPlan: async (name) => this.plans.get(name),
      deliveries: hasDeliveries ? this.deliveryQueue : undefined,
    });
  }

  get deliveryQueue(): DeliveryQueue {
    return { objects: this.objects, sendBatch: async (messages) => void this.deliveries.push([...messages]) };
  }

  /** All that went to `stepflare-messages`. */
  get delivered(): readonly { readonly body: DeliveryMessage; readonly delaySeconds?: number }[] {
    return this.deliveries.flat() as { body: DeliveryMessage }[];
  }
}

/** A task's call, as its execution makes it. */
export function callOf(resource: string, parameters: Json, more: Partial<ServiceCall> = {}): ServiceCall {
  const parsed = parseResource(`arn:aws:states:::${resource}`);
  if (parsed?.kind !== "service") throw new Error(`no service: ${resource}`);
  return {
    type: "ScheduleTask",
    resource: parsed,
    parameters: Payload.of(parameters),
    stateName: "Send",
    taskId: "0-1" as TaskId,
    enteredAt: AT,
    retryCount: 0,
    executionArn: EXECUTION,
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:M",
    idempotencyKey: `${EXECUTION}#0-1`,
    maxPayloadBytes: 262_144,
    ...more,
  };
}
