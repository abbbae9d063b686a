/** One service behind the gateway, and which of its instances gets the next call. */
import assert from "node:assert";
import type { Logger } from "@holdfast/chassis/log";
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import { createInstance, type Instance, type LaneName, type Silences } from "./instance.ts";

export interface Upstream extends AsyncDisposable {
  readonly service: ServiceName;
  readonly instances: readonly Instance[];
  /**
   * The instance with the least calls of that kind in hand, ties in turn, of those that answer and were not `tried`;
   * the call is counted in. `busy` where all that answer are full, `down` where none answers.
   */
  take(lane: LaneName, tried: readonly Instance[]): Instance | "busy" | "down";
}

/** From the addresses of its instances. */
export function createUpstream(
  service: ServiceName,
  addresses: readonly string[],
  log: Logger,
  silences?: Silences,
): Upstream {
  assert(addresses.length > 0, "a service has an instance");
  const instances = addresses.map((address) => createInstance(service, address, log, silences));
  let turn = 0;

  const least = (lane: LaneName, without: readonly Instance[], passed: readonly Instance[]) => {
    let best: Instance | undefined;
    for (let step = 0; step < instances.length; step += 1) {
      const instance = instances[(turn + step) % instances.length]!;
      if (without.includes(instance) || passed.includes(instance)) continue;
      if (best === undefined || instance.lanes[lane].inHand < best.lanes[lane].inHand) best = instance;
    }
    return best;
  };
  return {
    service,
    instances,
    take: (lane, tried) => {
      turn = (turn + 1) % instances.length;
      const passed: Instance[] = [];
      let isBusy = false;
      for (;;) {
        const instance = least(lane, tried, passed);
        if (instance === undefined) return isBusy ? "busy" : "down";
        if (instance.lanes[lane].isFull) isBusy = true;
        else if (instance.breaker.allows(performance.now())) {
          instance.lanes[lane].enter();
          return instance;
        }
        passed.push(instance);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(instances.map((instance) => instance[Symbol.asyncDispose]()));
    },
  };
}
