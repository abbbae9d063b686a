import { z } from "zod";

const operation = z.string().max(100);
const times = z.int().min(0).max(1_000_000);
const webhookBehaviour = z.union([
  z.enum(["on", "off", "hold"]),
  z.strictObject({
    /** Wait before the first attempt. */
    delayMs: z.int().min(0).max(600_000).default(0),
    /** Extra copies of each event. */
    duplicate: z.int().min(0).max(20).default(0),
    /** Collects `window` events, or what comes within `waitMs`, and sends them shuffled by the seed. */
    reorder: z
      .strictObject({
        window: z.int().min(2).max(1000),
        seed: z.int().min(0).max(0xffff_ffff).default(1),
        waitMs: z.int().min(1).max(60_000).default(100),
      })
      .optional(),
  }),
]);

const pricing = z.strictObject({
  basisPoints: z.int().min(0).max(10_000).default(150),
  fixedMinor: z.int().min(0).max(100_000).default(25),
});

const schema = z.strictObject({
  /** Wait before each API request is executed; its idempotency key is in use meanwhile. */
  latencyMs: z.int().min(0).max(600_000),
  /** The next so many matching calls do their work, and then the connection is cut in place of an answer. */
  dropResponsesAfterSuccess: z.strictObject({ times, operation: operation.optional() }).nullable(),
  /**
   * The next so many matching calls fail without taking effect. A 500 is kept under its idempotency key and replayed,
   * as Stripe does; 429, 502 and 503 are not. `kept` overrides that.
   */
  failNext: z
    .strictObject({
      times,
      status: z.union([z.literal(429), z.literal(500), z.literal(502), z.literal(503)]).default(500),
      operation: operation.optional(),
      kept: z.boolean().optional(),
    })
    .nullable(),
  /** What Stripe keeps of each captured charge: a share, rounded half up, and a fixed part. */
  pricing,
  /** Every API request finds its connection reset. The stand-in's own routes still answer. */
  refuseConnections: z.boolean(),
  webhooks: webhookBehaviour,
});

/** How webhooks are sent. `hold` keeps them until another behaviour is set or they are released. */
export type WebhookBehaviour = z.output<typeof webhookBehaviour>;

/** Stripe's prices, in minor units of whichever currency. */
export type Pricing = z.output<typeof pricing>;

/** What the stand-in does wrong on purpose, and what Stripe's prices are. */
export type Switches = z.output<typeof schema>;

/** Switches as a caller gives them: what is left out keeps its value. */
export type SwitchChanges = z.input<typeof patch>;

export type FailNext = NonNullable<Switches["failNext"]>;

const patch = schema.partial();

export const quietSwitches: Switches = {
  latencyMs: 0,
  dropResponsesAfterSuccess: null,
  failNext: null,
  pricing: pricing.parse({}),
  refuseConnections: false,
  webhooks: "on",
};

/** @throws ZodError when a switch is unknown or out of its bounds */
export function changedSwitches(present: Switches, changes: unknown): Switches {
  const parsed = patch.parse(changes);
  return {
    latencyMs: parsed.latencyMs ?? present.latencyMs,
    dropResponsesAfterSuccess:
      parsed.dropResponsesAfterSuccess === undefined
        ? present.dropResponsesAfterSuccess
        : parsed.dropResponsesAfterSuccess,
    failNext: parsed.failNext === undefined ? present.failNext : parsed.failNext,
    pricing: parsed.pricing ?? present.pricing,
    refuseConnections: parsed.refuseConnections ?? present.refuseConnections,
    webhooks: parsed.webhooks ?? present.webhooks,
  };
}

interface Counted {
  times: number;
  readonly operation?: string | undefined;
}

/** Uses up one of a switch's times if it concerns this operation. */
export function takeOne(counted: Counted | null, name: string): boolean {
  if (counted === null || counted.times === 0) return false;
  if (counted.operation !== undefined && counted.operation !== name) return false;
  counted.times -= 1;
  return true;
}
