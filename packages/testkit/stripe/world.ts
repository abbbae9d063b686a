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
}

/** Applies switches; whatever `hold` kept goes out once webhooks are no longer held. @throws ZodError */
export function setSwitches(world: World, changes: unknown): Switches {
  const before = world.switches.webhooks;
  world.switches = changedSwitches(world.switches, changes);
  if (before === "hold" && world.switches.webhooks !== "hold") world.order.release();
  return world.switches;
}

export function resetSwitches(world: World): Switches {
  return setSwitches(world, structuredClone(quietSwitches));
}

/** Back to an empty account without switches, as after a restart; the endpoint's configuration stays. */
export function resetWorld(world: World): void {
  world.order.clear();
  world.delivery.clear();
  world.switches = structuredClone(quietSwitches);
  clearAccount(world.account);
  world.keys.clear();
  world.log.clear();
}
