import { run } from "@holdfast/chassis/run";
import { readConfig } from "./config.ts";
import { startAuth } from "./service.ts";

await run({ name: "auth", config: readConfig, start: startAuth });
