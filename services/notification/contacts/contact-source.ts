/** Asks auth how to reach people. What it answers is used at once and kept nowhere. */
import { type AskedService, askService } from "@holdfast/chassis/ask-service";
import { getContacts } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";

/** How to reach a person. */
export interface Contact {
  readonly email: string;
  readonly name: string;
}

export interface ContactSource {
  /**
   * The contacts of these users, at most 500, in one request; who does not exist is not among them.
   * @throws Error where auth cannot be reached or does not answer as it should
   */
  contactsOf(userIds: readonly Id<"usr">[]): Promise<ReadonlyMap<string, Contact>>;
}

export function createContactSource(auth: AskedService): ContactSource {
  return {
    async contactsOf(userIds) {
      const { contacts } = await askService(auth, getContacts, { userIds: [...new Set(userIds)] });
      return new Map(contacts.map(({ userId, email, name }) => [userId, { email, name }]));
    },
  };
}
