/** Everybody there is, with something of their own, on a running platform: who tries what they may not does it here. */
import { randomUUID } from "node:crypto";
import type { Role } from "@holdfast/contracts/access";
import { createUser } from "@holdfast/contracts/api/users";
import type { Id } from "@holdfast/contracts/ids";
import { fewAtATime } from "@holdfast/testkit/few-at-a-time";
import { newPassword } from "@holdfast/testkit/new-password";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import type pg from "pg";
import { inject } from "vitest";
import { openSql, type Place } from "./place.ts";
import { addMembers, hoursAhead, makeVendor, type VendorParts } from "./vendors.ts";

/** An account as whoever owns it knows it. */
export interface Account {
  readonly userId: Id<"usr">;
  readonly email: string;
  readonly password: string;
  /** Logged in for five minutes. */
  readonly client: ApiClient;
}

/** Accounts of every kind, in the words of who they are to vendor A and to the bookings. */
export interface People {
  /** Booked at vendor A. */
  readonly customer: Account;
  /** Booked at vendor B. */
  readonly otherCustomer: Account;
  /** Of vendor A. */
  readonly owner: Account;
  readonly manager: Account;
  readonly staff: Account;
  /** Owner of vendor B. */
  readonly stranger: Account;
  readonly support: Account;
  readonly admin: Account;
}

type Personal = Omit<People, "admin">;

const rolesOf: Readonly<Record<keyof Personal, readonly Exclude<Role, "service">[]>> = {
  customer: ["customer"],
  otherCustomer: ["customer"],
  owner: ["vendor"],
  // Being one of a vendor's people gives them the role `vendor`.
  manager: ["customer"],
  staff: ["customer"],
  stranger: ["vendor"],
  support: ["support"],
};

type Made = Pick<SecurityWorld, "place" | "people" | "vendorA" | "vendorB" | "bookingA" | "bookingB">;

/** What files share, once one of them has asked for it: the project's files run in one process. */
let shared: Promise<Made> | undefined;

export class SecurityWorld implements AsyncDisposable {
  readonly place: Place;
  readonly anyone: ApiClient;
  readonly people: People;
  readonly vendorA: VendorParts;
  readonly vendorB: VendorParts;
  /** The customer's, at vendor A: confirmed and paid. */
  readonly bookingA: Id<"bkg">;
  /** The other customer's, at vendor B. */
  readonly bookingB: Id<"bkg">;
  /** The platform's database, as its administrator. */
  readonly sql: pg.Pool;

  private constructor(made: Made) {
    this.place = made.place;
    this.anyone = new ApiClient(made.place.gatewayUrl);
    this.people = made.people;
    this.vendorA = made.vendorA;
    this.vendorB = made.vendorB;
    this.bookingA = made.bookingA;
    this.bookingB = made.bookingB;
    this.sql = openSql(made.place);
  }

  /**
   * The people and vendors that files share, everybody logged in anew: for who changes nothing about them. On the platform
   * that files share as well.
   */
  static async enter(): Promise<SecurityWorld> {
    shared ??= make(inject("securityPlace"));
    const made = await shared;
    return new SecurityWorld({ ...made, people: await allLoggedInAgain(made.people) });
  }

  /** People and vendors of one's own; on a platform of one's own too, for who ends servers: `placeOf(platform)`. */
  static async make(place: Place = inject("securityPlace")): Promise<SecurityWorld> {
    return new SecurityWorld(await make(place));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end();
  }

  /** Makes another account and logs it in. */
  newAccount(roles: readonly Exclude<Role, "service">[]): Promise<Account> {
    return newAccount(this.people.admin.client, roles);
  }
}

/** Makes everybody, and what is theirs. */
async function make(place: Place): Promise<Made> {
  await using making = new AsyncDisposableStack();
  const sql = openSql(place);
  making.defer(() => sql.end());
  const people = await makePeople(place);
  const admin = people.admin.client;
  const { customer, otherCustomer, owner, stranger } = people;
  const [vendorA, vendorB] = await Promise.all([
    makeVendor({ admin, sql }, owner.client, "House A"),
    makeVendor({ admin, sql }, stranger.client, "House B"),
  ]);
  await addMembers({ sql, owner: owner.client, vendorId: vendorA.vendorId }, [
    { userId: people.manager.userId, role: "manager" },
    { userId: people.staff.userId, role: "staff" },
  ]);
  const [manager, staff] = await Promise.all([loggedInAgain(people.manager), loggedInAgain(people.staff)]);
  const [bookingA, bookingB] = await Promise.all([
    confirmedBooking(customer.client, vendorA.resourceId),
    confirmedBooking(otherCustomer.client, vendorB.resourceId),
  ]);
  return { place, people: { ...people, manager, staff }, vendorA, vendorB, bookingA, bookingB };
}

async function newAccount(admin: ApiClient, roles: readonly Exclude<Role, "service">[]): Promise<Account> {
  const email = `${roles.join("-")}-${randomUUID()}@example.com`;
  const password = newPassword();
  const body = { email, password, name: `A ${roles.join(" and ")}`, roles: [...roles] };
  const { userId } = await admin.call(createUser, { body });
  return { userId, email, password, client: await admin.logIn({ email, password }) };
}

async function loggedInAgain(account: Account): Promise<Account> {
  return { ...account, client: await account.client.logIn(account) };
}

async function allLoggedInAgain(people: People): Promise<People> {
  const names = Object.keys(people) as (keyof People)[];
  const again = await fewAtATime(names, async (name) => [name, await loggedInAgain(people[name])] as const);
  return Object.fromEntries(again) as unknown as People;
}

async function makePeople(place: Place): Promise<People> {
  const client = await new ApiClient(place.gatewayUrl).logIn(place.admin);
  const admin = { ...place.admin, userId: client.user.userId, client };
  const names = Object.keys(rolesOf) as (keyof Personal)[];
  const made = await fewAtATime(
    names,
    async (name) => [name, await newAccount(client, rolesOf[name])] as const,
  );
  return { ...(Object.fromEntries(made) as unknown as Personal), admin };
}

async function confirmedBooking(guest: ApiClient, resourceId: Id<"res">): Promise<Id<"bkg">> {
  const asked = {
    resourceId,
    startsAt: hoursAhead(72),
    endsAt: hoursAhead(73),
    paymentMethod: "pm_card_visa",
  };
  const { bookingId, status } = await guest.book(asked, { waitSeconds: 30 });
  if (status !== "confirmed") throw new Error(`the booking is ${status} in place of confirmed`);
  return bookingId;
}
