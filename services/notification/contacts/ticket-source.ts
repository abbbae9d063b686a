/** Asks auth what mails about accounts say. Links that work are among it: it is used at once and kept nowhere. */
import { type AskedService, askService } from "@holdfast/chassis/ask-service";
import { openMailTickets } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";

/** A mail about an account, as it may be sent now. */
export type OpenedTicket = z.output<NonNullable<typeof openMailTickets.answers.body>>["tickets"][number];

export interface TicketSource {
  /**
   * What these tickets stand for, at most 500, in one request; one that can no longer be opened is not among them.
   * @throws Error where auth cannot be reached or does not answer as it should
   */
  open(ticketIds: readonly Id<"tkt">[]): Promise<ReadonlyMap<string, OpenedTicket>>;
}

export function createTicketSource(auth: AskedService): TicketSource {
  return {
    async open(ticketIds) {
      const { tickets } = await askService(auth, openMailTickets, { ticketIds: [...ticketIds] });
      return new Map(tickets.map((ticket) => [ticket.ticketId, ticket]));
    },
  };
}
