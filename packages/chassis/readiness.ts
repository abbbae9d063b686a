/** Whether this replica should be sent work. Redis and the bus are never asked: without them it still answers. */

/** How long one check may take before it counts as down. */
const checkTimeoutMs = 1_000;

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, "up" | "down">>;
}

export interface Readiness {
  /** A check that must hold; it resolves to false or throws when it does not. */
  require(name: string, check: () => boolean | Promise<boolean>): void;
  /** From now on not ready, whatever the checks say. */
  drain(): void;
  report(): Promise<ReadinessReport>;
}

async function holds(check: () => boolean | Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), checkTimeoutMs);
  try {
    return await Promise.race([check(), late.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

export function createReadiness(): Readiness {
  const checks = new Map<string, () => boolean | Promise<boolean>>();
  let draining = false;
  return {
    require: (name, check) => void checks.set(name, check),
    drain: () => {
      draining = true;
    },
    report: async () => {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => [name, (await holds(check)) ? "up" : "down"] as const),
      );
      return {
        ready: !draining && results.every(([, state]) => state === "up"),
        checks: Object.fromEntries(draining ? [...results, ["draining", "down"] as const] : results),
      };
    },
  };
}
