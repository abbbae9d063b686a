/** Vendors as a test has them: registered at catalog by an owner, and what their people ask of payment. */
import type { Role } from "@holdfast/contracts/access";
import type { PayoutAccountView } from "@holdfast/contracts/api/payouts";
import { type MemberRole, vendorMemberAdded, vendorRegistered } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import type { KillableWorld } from "../payment-service.fixture.ts";

type World = Pick<KillableWorld, "tap" | "sql" | "signer" | "stripe"> & { readonly port: number };

/** Somebody who asks. */
export interface Person {
  readonly userId: Id<"usr">;
  readonly roles: readonly Role[];
  readonly provedSecondsAgo?: number;
}

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly code?: string };
}

export type Method = "GET" | "POST" | "PUT";

const takenInBy =
  ({ sql }: World) =>
  (eventId: string) =>
    until("the event to be taken in", async () => {
      const { rowCount } = await sql.query("select from inbox where event_id = $1", [eventId]);
      return rowCount === 1;
    });

const callAt =
  (world: World) =>
  async (
    who: Person | null,
    method: Method,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> => {
    const response = await fetch(`http://127.0.0.1:${world.port}${path}`, {
      method,
      headers: {
        ...(who === null ? {} : world.signer.authorization(who)),
        ...(body && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Reply["body"] };
  };

/** What the stand-in does at somebody's wish. */
const doAtStripe =
  ({ stripe }: World) =>
  async (path: string, body: object = {}) => {
    const response = await fetch(`${stripe.url}/_stand-in/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };

export function vendorsOf(world: World) {
  const takenIn = takenInBy(world);
  const call = callAt(world);
  const atStripe = doAtStripe(world);

  /** A vendor that payment knows of, with an owner. */
  const register = async () => {
    const [vendorId, userId] = [newId("vnd"), newId("usr")];
    const data = { vendorId, ownerId: userId, name: "Salon" };
    await takenIn(await world.tap.emit(vendorRegistered, { subject: vendorId, version: 1, data }));
    const owner: Person = { userId, roles: ["vendor"], provedSecondsAgo: 10 };
    const path = `/v1/vendors/${vendorId}`;
    const ask = (method: Method, rest: string, body?: object) => call(owner, method, `${path}/${rest}`, body);
    const account = async () => (await ask("GET", "payout-account")).body as unknown as PayoutAccountView;
    const reaches = (state: PayoutAccountView["state"]) =>
      until(`the account to be ${state}`, async () => {
        const now = await account();
        return now.accountId !== null && now.state === state && { ...now, accountId: now.accountId };
      });
    /** Another of its people. */
    const join = async (role: MemberRole): Promise<Person> => {
      const person: Person = { userId: newId("usr"), roles: ["vendor"], provedSecondsAgo: 10 };
      const added = { vendorId, userId: person.userId, role };
      await takenIn(await world.tap.emit(vendorMemberAdded, { subject: vendorId, version: 2, data: added }));
      return person;
    };
    /** Has an account made that the provider has nothing to ask about. */
    const onboard = async () => {
      await ask("POST", "payout-account", { country: "PT" });
      const { accountId } = await reaches("pending");
      await atStripe(`accounts/${accountId}/onboard`);
      return reaches("enabled");
    };
    return { vendorId, owner, path, ask, account, reaches, join, onboard };
  };
  return { takenIn, call, atStripe, register };
}
export type Vendors = ReturnType<typeof vendorsOf>;
export type TestVendor = Awaited<ReturnType<Vendors["register"]>>;
