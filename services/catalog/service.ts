/** Catalog's composition root. */
import { openFoundation } from "@holdfast/chassis/foundation";
import type { RunningService } from "@holdfast/chassis/run";
import type { CatalogConfig } from "./config.ts";
import { consumers } from "./consumers.ts";
import type { CatalogTables } from "./database.ts";
import { catalogRoutes } from "./http.ts";

/** Starts catalog; it serves when this resolves. */
export async function startCatalog(config: CatalogConfig): Promise<RunningService> {
  await using starting = new AsyncDisposableStack();
  const migrations = new URL("./migrations/", import.meta.url);
  const foundation = starting.use(
    await openFoundation<CatalogTables>({ name: "catalog", config, migrations }),
  );
  foundation.startConsumers(consumers(foundation));
  const server = await foundation.serve(catalogRoutes(foundation));
  const opened = starting.move();
  return {
    port: server.port,
    drain: () => foundation.drain(),
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}
