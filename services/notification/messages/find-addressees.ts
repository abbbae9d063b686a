/** Whom claimed messages go to: asked of auth for all of them at once, in the moment they are sent. */
import type { Contact, ContactSource } from "../contacts/contact-source.ts";
import type { OpenedTicket, TicketSource } from "../contacts/ticket-source.ts";
import type { ClaimedMessage } from "./claim-messages.ts";

/** Where a message goes, and for one about an account what it says. */
export interface Addressee extends Contact {
  readonly ticket?: OpenedTicket;
}

export interface AddresseeSources {
  readonly contacts: ContactSource;
  readonly tickets: TicketSource;
}

/**
 * By message; one that goes to nobody any more is not among them.
 * @throws Error where auth cannot be reached or does not answer as it should
 */
export async function findAddressees(
  { contacts, tickets }: AddresseeSources,
  claimed: readonly ClaimedMessage[],
): Promise<ReadonlyMap<string, Addressee>> {
  const ticketIds = claimed.flatMap(({ ticket_id }) => ticket_id ?? []);
  const userIds = claimed.flatMap(({ ticket_id, user_id }) => (ticket_id === null ? (user_id ?? []) : []));
  const [opened, known] = await Promise.all([
    ticketIds.length === 0 ? undefined : tickets.open(ticketIds),
    userIds.length === 0 ? undefined : contacts.contactsOf(userIds),
  ]);
  const found = new Map<string, Addressee>();
  for (const { message_id, ticket_id, user_id } of claimed) {
    const ticket = opened?.get(ticket_id ?? "");
    const addressee =
      ticket_id === null
        ? known?.get(user_id ?? "")
        : ticket && { email: ticket.email, name: ticket.name, ticket };
    if (addressee) found.set(message_id, addressee);
  }
  return found;
}
