import { z } from "zod";

/** What a real mail server does to its senders on a bad day. A switch left out is off. */
export const mailSwitches = z.strictObject({
  /** This many of the next messages are refused after their data, with `code`, and not stored. */
  failNext: z.int().min(0).max(1_000_000).default(0),
  /** 451: try again later. 550: never. */
  code: z.union([z.literal(451), z.literal(550)]).default(451),
  /** Every answer to a message's data waits this long. */
  delayMs: z.int().min(0).max(60_000).default(0),
  /** This many of the next messages are stored, but the connection is cut before the sender learns it. */
  acceptThenDrop: z.int().min(0).max(1_000_000).default(0),
});

/** Counts go down as messages use them up. */
export type MailSwitches = z.infer<typeof mailSwitches>;
