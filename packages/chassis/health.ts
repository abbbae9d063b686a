/** What orchestrators and scrapers ask of every process: /livez, /readyz and /metrics. */
import type { Hono } from "hono";
import { respond, type NodeBindings } from "./exchange.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

const uncached = { "cache-control": "no-store" };

/** Mounts the three; alive says only that the event loop turns, so a broken database never restarts a replica. */
export function mountHealth(
  app: Hono<{ Bindings: NodeBindings }>,
  { readiness, metrics }: { readonly readiness: Readiness; readonly metrics: Metrics },
): void {
  app.get("/livez", () =>
    respond(200, '{"status":"alive"}', { ...uncached, "content-type": "application/json" }),
  );
  app.get("/readyz", async () => {
    const report = await readiness.report();
    return respond(report.ready ? 200 : 503, JSON.stringify(report), {
      ...uncached,
      "content-type": "application/json",
    });
  });
  app.get("/metrics", async () =>
    respond(200, await metrics.expose(), { ...uncached, "content-type": metrics.contentType }),
  );
}
