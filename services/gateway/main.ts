import { run } from "@holdfast/chassis/run";
import { readConfig } from "./config.ts";
import { startGateway } from "./service.ts";

await run({ name: "gateway", config: readConfig, start: startGateway });
