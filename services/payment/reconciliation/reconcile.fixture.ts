/** Has the reconciliation run, as an administrator does, and reads what it found. */
import type { DiscrepancyView, RunView } from "@holdfast/contracts/api/reconciliation";
import { newId } from "@holdfast/contracts/ids";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { until } from "@holdfast/testkit/until";

/** Settings for a service whose books are compared when a test asks for it, without waiting for long. */
export const whenAsked = {
  RECONCILE_EVERY_MINUTES: "0",
  RECONCILE_GRACE_MS: "200",
  RECONCILE_OVERDUE_MS: "200",
};

export interface Reconciled {
  readonly port: number;
  readonly signer: TokenSigner;
}

const admin = { userId: newId("usr"), roles: ["admin" as const] };

/** What the reconciliation's endpoint answers an administrator. */
export async function askReconciliation<T>(
  { port, signer }: Reconciled,
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/reconciliation/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...signer.authorization(admin),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Waits until the run is over. */
export async function finished(world: Reconciled, { runId }: Pick<RunView, "runId">): Promise<RunView> {
  return until(
    "the run to be finished",
    async () => {
      const run = await askReconciliation<RunView>(world, `runs/${runId}`);
      return run.finishedAt !== null && run;
    },
    20_000,
  );
}

/** Runs it, and waits until that is over. */
export async function reconcile(world: Reconciled, days?: number): Promise<RunView> {
  const body = days === undefined ? {} : { days };
  return finished(world, await askReconciliation<RunView>(world, "runs", body));
}

export async function discrepancies(world: Reconciled, query: string): Promise<DiscrepancyView[]> {
  const path = `discrepancies?limit=100&${query}`;
  return (await askReconciliation<{ items: DiscrepancyView[] }>(world, path)).items;
}
