import { z } from "zod";
import { faultSchema } from "./faults.ts";

const webhookBehaviour = z.union([
  z.enum(["on", "off", "hold"]),
  z.strictObject({
    /** The types of event it is about, `transfer.*` for several; the others are sent at once. Default all. */
    types: z.array(z.string().max(100)).max(100).default(["*"]),
    /** Never sent, though the events list has them. */
    never: z.boolean().default(false),
    /**
     * The call that made an event is answered only once its webhook has been, successfully or not; at most 5 seconds
     * later. By default a webhook comes after the answer.
     */
    beforeAnswer: z.boolean().default(false),
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
  /** For each dispute. */
  disputeMinor: z.int().min(0).max(100_000).default(2_000),
  /** Whether a dispute that is won brings its fee back. */
  returnsDisputeFee: z.boolean().default(false),
});

const schema = z.strictObject({
  /** Wait before each API request is executed; its idempotency key is in use meanwhile. */
  latencyMs: z.int().min(0).max(600_000),
  /** What goes wrong with which calls; the first that concerns a call strikes it. */
  faults: z.array(faultSchema).max(100),
  /** What Stripe keeps of each captured charge (a share, rounded half up, and a fixed part) and asks for a dispute. */
  pricing,
  /**
   * Whether a transfer without a source needs the platform's available balance, and a reversal the connected
   * account's. By default there is always enough.
   */
  checkBalances: z.boolean(),
  /** API requests wait where they are until this is switched off; one whose caller has gone by then is not executed. */
  pause: z.boolean(),
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

const patch = schema.partial();

export const quietSwitches: Switches = {
  latencyMs: 0,
  pause: false,
  faults: [],
  pricing: pricing.parse({}),
  checkBalances: false,
  refuseConnections: false,
  webhooks: "on",
};

/** @throws ZodError when a switch is unknown or out of its bounds */
export function changedSwitches(present: Switches, changes: unknown): Switches {
  const parsed = patch.parse(changes);
  return {
    latencyMs: parsed.latencyMs ?? present.latencyMs,
    pause: parsed.pause ?? present.pause,
    faults: parsed.faults ?? present.faults,
    pricing: parsed.pricing ?? present.pricing,
    checkBalances: parsed.checkBalances ?? present.checkBalances,
    refuseConnections: parsed.refuseConnections ?? present.refuseConnections,
    webhooks: parsed.webhooks ?? present.webhooks,
  };
}
