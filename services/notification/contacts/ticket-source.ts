/** Asks auth what mails about accounts say. Links that work are among it: it is used at once and kept nowhere. */
import { openMailTickets } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import { type AuthAsked, askAuth } from "./ask-auth.ts";

/** A mail about an account, as it may be sent now. */
export type OpenedTicket = z.output<NonNullable<typeof openMailTickets.answers.body>>["tickets"][number];

export interface TicketSource {
  /**
   * What these tickets stand for, at most 500, in one request; one that can no longer be opened is not among them.
   * @throws Error where auth cannot be reached or does not answer as it should
   */
  open(ticketIds: readonly Id<"tkt">[]): Promise<ReadonlyMap<string, OpenedTicket>>;
}

export function createTicketSource(options: AuthAsked): TicketSource {
  return {
    async open(ticketIds) {
      const { tickets } = await askAuth(options, openMailTickets, { ticketIds: [...ticketIds] });
      return new Map(tickets.map((ticket) => [ticket.ticketId, ticket]));
    },
  };
}
