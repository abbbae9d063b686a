/** Two vendors with their guests and everything of theirs, for attacks on every route there is. */
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import { registerVendor } from "@holdfast/contracts/api/catalog";
import type { Permission } from "@holdfast/contracts/access";
import { permissionsByMemberRole } from "@holdfast/contracts/access";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { decodeJwt } from "jose";
import type pg from "pg";
import { type GuestParts, makeGuestParts } from "./guests.ts";
import type { Ground, Things } from "./matrix/attempts.ts";
import type { Side } from "./matrix/callers.ts";
import { serviceToken } from "./requests.ts";
import { type Account, SecurityWorld } from "./world.ts";

/** What the rows of a table of attacks on routes are made on. */
export interface RouteGround extends Ground, AsyncDisposable {
  readonly sql: pg.Pool;
  /** A token for notification, as it asks for one itself. */
  readonly serviceToken: string;
}

type Parts = Pick<RouteGround, "target" | "targetKeyId" | "draftVendorId"> & {
  readonly ofA: GuestParts;
  readonly ofB: GuestParts;
};

/** Of the world that files share. */
let shared: Promise<Parts> | undefined;

/** On the world that files share: for attacks that change nothing. */
export async function enterRoutes(): Promise<RouteGround> {
  await using entering = new AsyncDisposableStack();
  const world = entering.use(await SecurityWorld.enter());
  shared ??= makeParts(world);
  const ground = await groundOf(world, await shared);
  entering.move();
  return ground;
}

/** On a world of one's own: for calls that have an effect. */
export async function makeRoutes(): Promise<RouteGround> {
  await using making = new AsyncDisposableStack();
  const world = making.use(await SecurityWorld.make());
  const ground = await groundOf(world, await makeParts(world));
  making.move();
  return ground;
}

async function makeParts(world: SecurityWorld): Promise<Parts> {
  const { people, vendorA, vendorB, bookingA, bookingB } = world;
  const target = await world.newAccount(["customer"]);
  const [ofA, ofB, made, draft] = await Promise.all([
    makeGuestParts(people.customer.client, vendorA, bookingA),
    makeGuestParts(people.otherCustomer.client, vendorB, bookingB),
    target.client.call(createApiKey, { body: { name: "A key", scopes: ["booking:read:own"] } }),
    people.stranger.client.call(registerVendor, { body: { name: "A draft" } }),
  ]);
  return { ofA, ofB, target, targetKeyId: made.apiKey.keyId, draftVendorId: draft.vendorId };
}

async function groundOf(world: SecurityWorld, { ofA, ofB, ...parts }: Parts): Promise<RouteGround> {
  const { place, people, vendorA, vendorB, bookingA, bookingB } = world;
  const { owner, stranger, customer, otherCustomer } = people;
  const secret = place.secrets.notificationClientSecret;
  return {
    ...parts,
    world,
    sql: world.sql,
    things: {
      A: { vendor: vendorA, owner, guest: customer, bookingId: bookingA, of: ofA },
      B: { vendor: vendorB, owner: stranger, guest: otherCustomer, bookingId: bookingB, of: ofB },
    },
    serviceToken: await serviceToken(place, { id: "notification", secret }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const ofVendors: readonly Permission[] = permissionsByMemberRole.owner;

/** Is it about what is a vendor's? */
function isOfVendors({ access }: Pick<EndpointDefinition, "access">): boolean {
  return (ofVendors as readonly string[]).includes(access);
}

/** Who may call the endpoint, and has something of their own at that side; null for what is for services. */
export function callerAt(
  { world, things }: RouteGround,
  endpoint: EndpointDefinition,
  side: Side,
): Account | null {
  const { access } = endpoint;
  if (access === "service") return null;
  if (access.endsWith(":any")) return world.people.admin;
  return isOfVendors(endpoint) ? things[side].owner : things[side].guest;
}

/** The token such a caller sends. */
export function tokenAt(ground: RouteGround, endpoint: EndpointDefinition, side: Side): string {
  return callerAt(ground, endpoint, side)?.client.tokens.accessToken ?? ground.serviceToken;
}

/** Ids of what is at a side, by the name of the parameter that takes them. */
export function idsAt(
  { world, things, target, targetKeyId }: RouteGround,
  { path }: Pick<EndpointDefinition, "path">,
  side: Side,
): Readonly<Record<string, string>> {
  const { vendor, of, bookingId, owner }: Things = things[side];
  const isOnSpare = path.includes("{feedId}");
  const isMember = path.includes("/members/");
  const member = side === "A" ? world.people.staff : owner;
  return {
    vendorId: vendor.vendorId,
    resourceId: isOnSpare ? vendor.spareResourceId : vendor.resourceId,
    promotionId: vendor.promotionId,
    blockId: vendor.blockId,
    feedId: vendor.feedId,
    bookingId,
    ...of,
    userId: isMember ? member.userId : target.userId,
    sessionId: String(decodeJwt(target.client.tokens.accessToken)["sid"]),
    keyId: targetKeyId,
    deadLetterId: "987654321",
    runId: "rcn_01h455vb4pex5vsknk084sn02q",
    day: "2020-01-01",
    file: `${"a".repeat(43)}.ics`,
  };
}
