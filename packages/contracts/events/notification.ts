/** What notification tells the others. */
import { z } from "zod";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";

/** The mail server took the message. */
export const notificationSent = defineEvent("notification.sent.v1", {
  emitter: "notification",
  description: "The mail server accepted a message.",
  data: z.object({
    messageId: id("msg"),
    userId: id("usr"),
    template: z.string(),
    bookingId: id("bkg").nullable(),
  }),
});
