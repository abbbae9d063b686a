/** Process entry of the payment service. */
import { run } from "@holdfast/chassis/run";
import { readConfig } from "./config.ts";
import { startPayment } from "./service.ts";

await run({ name: "payment", config: () => readConfig(), start: startPayment });
