/** Stands in for auth, booking and catalog, on a port of this machine: what payment asks of them, and whether they are there. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type BookingMoney, getBookingMoney } from "@holdfast/contracts/api/booking-money";
import { getContacts } from "@holdfast/contracts/api/accounts";
import { reportAudit } from "@holdfast/contracts/api/audit";
import { getInvoiceFacts, type InvoiceFacts } from "@holdfast/contracts/api/invoice-facts";
import { getIssuers, type Issuer } from "@holdfast/contracts/api/issuers";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";

export interface Others extends AsyncDisposable {
  readonly url: string;
  /** What booking and catalog know, and what people are called, each by its id. */
  readonly bookings: Map<string, InvoiceFacts>;
  readonly money: Map<string, BookingMoney>;
  readonly issuers: Map<string, Issuer>;
  readonly names: Map<string, string>;
  /** Who answers 503; booking and catalog from the start. */
  readonly away: Set<"auth" | "booking" | "catalog">;
}

type Reply = readonly [status: number, body: unknown];
type Known = Pick<Others, "bookings" | "money" | "issuers" | "names">;

const among = <T>(from: ReadonlyMap<string, T>, ids: unknown) =>
  (ids as string[]).flatMap((each) => from.get(each) ?? []);

/** What the one that owns the endpoint answers. */
function answerInternal(
  path: string,
  asked: Record<string, unknown>,
  { bookings, money, issuers, names }: Known,
): Reply {
  switch (path) {
    case getInvoiceFacts.path:
      return [200, { bookings: among(bookings, asked["bookingIds"]) }];
    case getBookingMoney.path:
      // Of most tests' bookings nobody has said what is to be kept.
      if (money.size === 0) return [503, {}];
      return [200, { bookings: among(money, asked["bookingIds"]) }];
    case getIssuers.path:
      return [200, { issuers: among(issuers, asked["vendorIds"]) }];
    case getContacts.path: {
      const people = (asked["userIds"] as string[]).filter((userId) => names.has(userId));
      const email = "guest@example.com";
      return [200, { contacts: people.map((userId) => ({ userId, email, name: names.get(userId) })) }];
    }
    default:
      return [404, {}];
  }
}

function ownerOf(path: string): "auth" | "booking" | "catalog" {
  if (path === getInvoiceFacts.path || path === getBookingMoney.path) return "booking";
  return path === getIssuers.path ? "catalog" : "auth";
}

export async function startOthers(signer: TokenSigner): Promise<Others> {
  const known = {
    bookings: new Map<string, InvoiceFacts>(),
    money: new Map<string, BookingMoney>(),
    issuers: new Map<string, Issuer>(),
    names: new Map<string, string>(),
  };
  const away: Others["away"] = new Set(["booking", "catalog"]);
  const tokens = new Set<string>();

  async function answer(request: IncomingMessage): Promise<Reply> {
    const body = await text(request);
    const path = request.url ?? "";
    if (path === "/.well-known/jwks.json") {
      return [200, await (await fetch(`${signer.url}${path}`)).json()];
    }
    if (path === "/v1/oauth/token") {
      if (away.has("auth")) return [503, {}];
      const token = signer.sign({ userId: "svc:payment", roles: ["service"] });
      tokens.add(`Bearer ${token}`);
      return [200, { access_token: token, token_type: "Bearer", expires_in: 300 }];
    }
    if (!tokens.has(request.headers.authorization ?? "")) return [401, {}];
    if (path === reportAudit.path) return [204, undefined];
    if (away.has(ownerOf(path))) return [503, {}];
    return answerInternal(path, JSON.parse(body) as Record<string, unknown>, known);
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
    ...known,
    away,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
