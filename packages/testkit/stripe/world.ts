import type { Account } from "./account.ts";
import { clearAccount } from "./account.ts";
import type { EventRecord } from "./events.ts";
import type { IdempotencyKeys } from "./idempotency.ts";
import type { RequestLog } from "./request-log.ts";
import { changedSwitches, quietSwitches, type Switches } from "./switches.ts";
import type { WebhookDelivery, WebhookEndpoint } from "./webhook-delivery.ts";
import type { WebhookOrder } from "./webhook-order.ts";

/** All the state of one running stand-in. */
export interface World {
  readonly account: Account;
  readonly keys: IdempotencyKeys;
  readonly log: RequestLog;
  readonly delivery: WebhookDelivery;
  readonly order: WebhookOrder;
  readonly apiKey: string | null;
  switches: Switches;
  /** The events of the request being executed. */
  raised: EventRecord[];
  endpoint: WebhookEndpoint;
  /** Requests that `pause` keeps waiting. */
  paused: PausedRequest[];
}

/** A request that waits, for as long as its caller does. */
export interface PausedRequest {
  readonly isGone: () => boolean;
  readonly goOn: () => void;
}

/** Applies switches; what `hold` or `pause` kept goes on once they are off. @throws ZodError */
export function setSwitches(world: World, changes: unknown): Switches {
  const before = world.switches.webhooks;
  world.switches = changedSwitches(world.switches, changes);
  if (before === "hold" && world.switches.webhooks !== "hold") world.order.release();
  if (!world.switches.pause) for (const { isGone, goOn } of world.paused.splice(0)) if (!isGone()) goOn();
  return world.switches;
}

export function resetSwitches(world: World): Switches {
  return setSwitches(world, structuredClone(quietSwitches));
}

/** Back to an empty account without switches, as after a restart; the endpoint's configuration stays. */
export function resetWorld(world: World): void {
  world.order.clear();
  world.delivery.clear();
  world.paused = [];
  world.switches = structuredClone(quietSwitches);
  clearAccount(world.account);
  world.keys.clear();
  world.log.clear();
}
