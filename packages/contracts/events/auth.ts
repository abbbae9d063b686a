/** What auth tells the others. Ids and roles only: addresses and names never leave auth. */
import { z } from "zod";
import { roles } from "../access.ts";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";

/** Somebody registered. */
export const userRegistered = defineEvent("user.registered.v1", {
  emitter: "auth",
  description: "A person registered an account.",
  data: z.object({ userId: id("usr"), roles: z.array(z.enum(roles)) }),
});

/** A family of refresh tokens ended: no token of it works any longer. */
export const sessionEnded = defineEvent("session.ended.v1", {
  emitter: "auth",
  description: "A session ended: by logging out, or because a used refresh token was presented again.",
  data: z.object({ sessionId: id("ses"), userId: id("usr"), reason: z.enum(["logged-out", "token-reused"]) }),
});
