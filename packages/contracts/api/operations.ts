/** Endpoints that every service has for its operators, served by the chassis. */
import { z } from "zod";
import { defineEndpoint, type ServiceName } from "../define-endpoint.ts";
import { page, pageQuery } from "./paging.ts";

/** An event that a consumer could not take in. */
const deadLetterView = z
  .object({
    deadLetterId: z.string(),
    consumer: z.string(),
    eventId: z.string(),
    eventType: z.string(),
    kind: z.enum(["refused", "exhausted"]),
    error: z.string(),
    deliveries: z.int(),
    createdAt: z.iso.datetime(),
    replayedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "DeadLetter" });

/** The list and the replay of one service's dead letters. */
export function operationsEndpoints(service: ServiceName) {
  const named = `${service[0]!.toUpperCase()}${service.slice(1)}`;
  return {
    listDeadLetters: defineEndpoint({
      name: `list${named}DeadLetters`,
      service,
      method: "get",
      path: `/v1/operations/${service}/dead-letters`,
      summary: `Events that ${service} could not take in, oldest first`,
      access: "operations:read:any",
      query: pageQuery,
      answers: { status: 200, description: "A page of dead letters", body: page(deadLetterView) },
    }),
    replayDeadLetter: defineEndpoint({
      name: `replay${named}DeadLetter`,
      service,
      method: "post",
      path: `/v1/operations/${service}/dead-letters/{deadLetterId}/replay`,
      summary: `Take a dead letter of ${service} in again`,
      access: "operations:repair:any",
      params: z.object({ deadLetterId: z.string().max(60) }),
      answers: { status: 204, description: "It was taken in" },
      problems: ["operations/dead-letter-not-found"],
    }),
  };
}
