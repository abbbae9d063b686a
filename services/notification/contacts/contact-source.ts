/** Asks auth how to reach people. What it answers is used at once and kept nowhere. */
import type { ServiceTokenSource } from "@holdfast/chassis/service-token";
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

const timeoutMs = 3_000;

export function createContactSource(options: {
  readonly authUrl: string;
  readonly tokens: ServiceTokenSource;
}): ContactSource {
  const url = new URL(getContacts.path, options.authUrl);
  return {
    async contactsOf(userIds) {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await options.tokens.token()}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ userIds: [...new Set(userIds)] }),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: "error",
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`auth answered ${response.status} when asked for contacts`);
      }
      const answered = getContacts.answers.body?.safeParse(await response.json());
      if (!answered?.success) throw new Error("auth did not answer with contacts");
      return new Map(answered.data.contacts.map(({ userId, email, name }) => [userId, { email, name }]));
    },
  };
}
