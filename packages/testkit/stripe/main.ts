import { once } from "node:events";
import { z } from "zod";
import { warnUnreadable } from "../state/warn-unreadable.ts";
import { startStripeStandIn } from "./stand-in.ts";

const environment = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(12_111),
  STATE_FILE: z.string().min(1).optional(),
  STRIPE_API_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().min(1),
  STRIPE_WEBHOOK_URL: z.url().optional(),
  STRIPE_ENABLED_EVENTS: z
    .string()
    .default("*")
    .transform((list) => list.split(",").map((type) => type.trim())),
});

const config = environment.parse(process.env);
const stopped = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);

await using standIn = await startStripeStandIn({
  host: config.HOST,
  port: config.PORT,
  webhookSecret: config.STRIPE_WEBHOOK_SECRET,
  enabledEvents: config.STRIPE_ENABLED_EVENTS,
  onUnreadable: warnUnreadable,
  ...(config.STATE_FILE === undefined ? {} : { stateFile: config.STATE_FILE }),
  ...(config.STRIPE_API_KEY === undefined ? {} : { apiKey: config.STRIPE_API_KEY }),
  ...(config.STRIPE_WEBHOOK_URL === undefined ? {} : { webhookUrl: config.STRIPE_WEBHOOK_URL }),
});
process.stdout.write(`Stripe stand-in listening on ${standIn.url}\n`);
await stopped;
