/** Asks auth what a guest is called. The name is shown and kept nowhere, so erasing a person stays auth's work alone. */
import { type AskedService, askService } from "@holdfast/chassis/ask-service";
import { getContacts } from "@holdfast/contracts/api/accounts";
import type { DocumentGuest } from "@holdfast/contracts/api/documents";
import type { Id } from "@holdfast/contracts/ids";
import type { Logger } from "@holdfast/chassis/log";

export interface GuestNames {
  /** The guest with their name; without it, by their id, where there is no such account, or auth is away. */
  guestOf(userId: Id<"usr">): Promise<DocumentGuest>;
}

export function createGuestNames(auth: AskedService, log: Logger): GuestNames {
  const nameOf = async (userId: Id<"usr">): Promise<string | undefined> => {
    try {
      const { contacts } = await askService(auth, getContacts, { userIds: [userId] });
      return contacts.find((one) => one.userId === userId)?.name;
    } catch (error) {
      log.warn({ err: error }, "auth does not say who a guest is: the document is shown without their name");
      return undefined;
    }
  };
  return {
    guestOf: async (userId) => ({ userId, name: (await nameOf(userId)) ?? `Guest ${userId}` }),
  };
}
