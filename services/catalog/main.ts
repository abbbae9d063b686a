import { run } from "@holdfast/chassis/run";
import { readConfig } from "./config.ts";
import { startCatalog } from "./service.ts";

await run({ name: "catalog", config: readConfig, start: startCatalog });
