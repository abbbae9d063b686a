/** Stands in for auth: service tokens, contacts, and the keys of the token signer, on a port of this machine. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { getContacts, openMailTickets } from "@holdfast/contracts/api/accounts";
import { reportAudit } from "@holdfast/contracts/api/audit";
import type { Id } from "@holdfast/contracts/ids";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import type { Contact } from "./contacts/contact-source.ts";
import type { OpenedTicket } from "./contacts/ticket-source.ts";

export const clientSecret = "the-secret-of-notification";

export interface AuthStandIn extends AsyncDisposable {
  readonly url: string;
  /** Who there is. */
  readonly people: Map<Id<"usr">, Contact>;
  /** The mails about accounts that can still be sent. */
  readonly tickets: Map<Id<"tkt">, OpenedTicket>;
  /** While true everything but the keys answers 503. */
  isDown: boolean;
  /** Requests for contacts so far, refused ones included. */
  readonly asked: number;
}

export async function startAuthStandIn(signer: TokenSigner): Promise<AuthStandIn> {
  const people = new Map<Id<"usr">, Contact>();
  const tickets = new Map<Id<"tkt">, OpenedTicket>();
  const issued = new Set<string>();
  const state = { isDown: false, asked: 0 };

  async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    const body = await text(request);
    if (request.url === "/.well-known/jwks.json") {
      return [200, await (await fetch(`${signer.url}${request.url}`)).json()];
    }
    if (request.url === getContacts.path) state.asked += 1;
    if (state.isDown) return [503, {}];
    if (request.url === "/v1/oauth/token") {
      const form = new URLSearchParams(body);
      if (form.get("client_secret") !== clientSecret || form.get("client_id") !== "notification")
        return [401, {}];
      const token = signer.sign({ userId: "svc:notification", roles: ["service"] });
      issued.add(`Bearer ${token}`);
      return [200, { access_token: token, token_type: "Bearer", expires_in: 300 }];
    }
    if (request.url === reportAudit.path) {
      return issued.has(request.headers.authorization ?? "") ? [204, undefined] : [401, {}];
    }
    if (request.url !== getContacts.path && request.url !== openMailTickets.path) return [404, {}];
    if (!issued.has(request.headers.authorization ?? "")) return [401, {}];
    if (request.url === openMailTickets.path) {
      const wanted = openMailTickets.body?.parse(JSON.parse(body))?.ticketIds ?? [];
      return [200, { tickets: wanted.flatMap((ticketId) => tickets.get(ticketId) ?? []) }];
    }
    const asked = getContacts.body?.parse(JSON.parse(body));
    const contacts = (asked?.userIds ?? []).flatMap((userId) => {
      const contact = people.get(userId as Id<"usr">);
      return contact ? [{ userId, ...contact }] : [];
    });
    return [200, { contacts }];
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ([status, body]) =>
        response
          .writeHead(status, { "content-type": "application/json" })
          .end(body === undefined ? "" : JSON.stringify(body)),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    people,
    tickets,
    get isDown() {
      return state.isDown;
    },
    set isDown(isDown) {
      state.isDown = isDown;
    },
    get asked() {
      return state.asked;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
