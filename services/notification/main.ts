/** Process entry of the notification service. */
import { run } from "@holdfast/chassis/run";
import { readConfig } from "./config.ts";
import { startNotification } from "./service.ts";

await run({ name: "notification", config: () => readConfig(), start: startNotification });
