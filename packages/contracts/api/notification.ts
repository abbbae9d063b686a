/** Notification's endpoints. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

/** A message written to the caller. */
export const messageView = z
  .object({
    messageId: id("msg"),
    template: z.string(),
    bookingId: id("bkg").nullable(),
    status: z.enum(["waiting", "sent", "failed"]),
    createdAt: utcInstant,
    sentAt: utcInstant.nullable(),
  })
  .meta({ id: "Message" });
export type MessageView = z.infer<typeof messageView>;

export const listMessages = defineEndpoint({
  name: "listMessages",
  service: "notification",
  method: "get",
  path: "/v1/messages",
  summary: "Messages sent to the caller, newest first",
  access: "profile:read:own",
  query: pageQuery,
  answers: { status: 200, description: "A page of messages", body: page(messageView) },
});
