/** Process entry of the booking service. */
import { run } from "@holdfast/chassis/run";
import { readConfig } from "./config.ts";
import { startBooking } from "./service.ts";

await run({ name: "booking", config: () => readConfig(), start: startBooking });
