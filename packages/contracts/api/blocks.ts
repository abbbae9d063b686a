/** Blocks: time that a vendor takes from its own resource. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { endsAfterStart, instant, utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

const resourceParams = z.object({ resourceId: id("res") });

/** Time taken by the vendor, or by a calendar it keeps elsewhere. */
export const blockView = z
  .object({
    blockId: id("blk"),
    resourceId: id("res"),
    startsAt: utcInstant,
    endsAt: utcInstant,
    quantity: z
      .int()
      .min(1)
      .nullable()
      .describe("Null: all units, also those that the resource is given later"),
    reason: z.string(),
    feedId: id("fed").nullable().describe("The feed it was read from; null for one that a person set"),
    createdAt: utcInstant,
  })
  .meta({ id: "Block" });
export type BlockView = z.infer<typeof blockView>;

export const createBlock = defineEndpoint({
  name: "createBlock",
  service: "booking",
  method: "post",
  path: "/v1/resources/{resourceId}/blocks",
  summary: "Take units of a resource out for a time",
  description:
    "For maintenance, holidays, own use. Without `quantity` it takes all units, also those that the resource is given later. Nothing that lies there is moved or cancelled: it is refused, and the refusal names the bookings and blocks in the way.",
  access: "resource:write:own",
  params: resourceParams,
  body: z
    .strictObject({
      startsAt: instant,
      endsAt: instant,
      quantity: z.int().min(1).max(1000).optional(),
      reason: z.string().trim().min(1).max(200),
    })
    .refine(...endsAfterStart),
  answers: { status: 201, description: "The block", body: blockView },
  problems: ["booking/resource-not-found", "booking/block-conflicts"],
});
export type BlockRequest = z.infer<NonNullable<typeof createBlock.body>>;

export const listBlocks = defineEndpoint({
  name: "listBlocks",
  service: "booking",
  method: "get",
  path: "/v1/resources/{resourceId}/blocks",
  summary: "A resource's blocks, newest first, those read from feeds among them",
  access: "resource:read:own",
  params: resourceParams,
  query: pageQuery,
  answers: { status: 200, description: "A page of blocks", body: page(blockView) },
  problems: ["booking/resource-not-found"],
});

export const deleteBlock = defineEndpoint({
  name: "deleteBlock",
  service: "booking",
  method: "delete",
  path: "/v1/resources/{resourceId}/blocks/{blockId}",
  summary: "Give a block's time back, at once",
  access: "resource:write:own",
  params: z.object({ resourceId: id("res"), blockId: id("blk") }),
  answers: { status: 204, description: "Its time can be booked again" },
  problems: ["booking/resource-not-found", "booking/block-not-found", "booking/block-of-feed"],
});
