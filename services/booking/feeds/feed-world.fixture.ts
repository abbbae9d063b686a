/** The booking service beside a web server that publishes a calendar, as a vendor would keep one elsewhere. */
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import assert from "node:assert";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BookingWorld, newCustomer, type Caller } from "../booking-world.fixture.ts";

/** A time that a calendar is busy. */
export interface Stretch {
  readonly startsAt: string;
  readonly endsAt: string;
}

const compact = (instant: string) => instant.replaceAll(/[-:]/g, "");

/** A calendar that is busy at these times; its UIDs are new each time, as those of many are. */
export function calendarOf(...busy: Stretch[]): string {
  const events = busy.flatMap(({ startsAt, endsAt }) => [
    "BEGIN:VEVENT",
    `UID:${newId("evt")}`,
    `DTSTART:${compact(startsAt)}`,
    `DTEND:${compact(endsAt)}`,
    "SUMMARY:Somebody's name",
    "END:VEVENT",
  ]);
  return ["BEGIN:VCALENDAR", "VERSION:2.0", ...events, "END:VCALENDAR", ""].join("\r\n");
}

/** Somebody who may manage every resource. */
export const admin: Caller = { userId: newId("usr"), roles: ["admin"] };

/** Where a resource's feeds are. */
export const feedsOf = (resourceId: string) => `/v1/resources/${resourceId}/feeds`;

export class FeedWorld implements AsyncDisposable {
  readonly booking: BookingWorld;
  readonly #elsewhere: Server;
  /** What the calendar kept elsewhere answers now: its text, or a status. */
  published: string | number = calendarOf();
  /** The entity tags that it was asked by. */
  readonly asked: (string | undefined)[] = [];

  private constructor(booking: BookingWorld) {
    this.booking = booking;
    this.#elsewhere = createServer((request, response) => {
      const tag = `"${this.published}"`.replaceAll(/\s/g, "-").slice(-80);
      const known = request.headers["if-none-match"];
      this.asked.push(known);
      if (typeof this.published === "number") response.writeHead(this.published).end();
      else if (known === tag) response.writeHead(304).end();
      else response.setHeader("etag", tag).end(this.published);
    });
  }

  static async start(): Promise<FeedWorld> {
    const settings = { FEEDS_ALLOW_PRIVATE: "on", FEEDS_EVERY_SECONDS: "3600" };
    const world = new FeedWorld(await BookingWorld.start(settings));
    await new Promise<void>((resolve) => world.#elsewhere.listen(0, "127.0.0.1", resolve));
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#elsewhere.close();
    await this.booking[Symbol.asyncDispose]();
  }

  /** Where the calendar is published. */
  get url(): string {
    return `http://127.0.0.1:${(this.#elsewhere.address() as AddressInfo).port}/calendar.ics`;
  }

  /** Has the resource follow a calendar, and waits until it was read, or tried; answers with the feed's id. */
  async follow(resourceId: string, sent: object = {}): Promise<string> {
    const reply = await this.booking.call("POST", feedsOf(resourceId), admin, { url: this.url, ...sent });
    assert.partialDeepStrictEqual(reply, {
      status: 201,
      body: { syncedAt: null, stale: true, lastError: null },
    });
    await this.#synced(resourceId);
    return String(reply.body["feedId"]);
  }

  /** The resource's first feed, as its managers see it. */
  async view(resourceId: string): Promise<Record<string, unknown>> {
    const { body } = await this.booking.call("GET", feedsOf(resourceId), admin);
    return (body["items"] as Record<string, unknown>[])[0]!;
  }

  /** Has the resource's feed read once more. */
  async syncAgain(resourceId: string): Promise<void> {
    const { feedId } = await this.view(resourceId);
    await this.booking.call("PATCH", `${feedsOf(resourceId)}/${String(feedId)}`, admin, {});
    await this.#synced(resourceId);
  }

  /** It is due in an hour once it was read, and in a minute once that failed; while it is being read, in two. */
  async #synced(resourceId: string): Promise<void> {
    await until("the feed to be read", async () => {
      const { rows } = await this.booking.sql.query<{ done: boolean }>(
        `select bool_and(due_at > now() + interval '121 s' or failures > 0 and due_at < now() + interval '119 s') as done
         from feeds join calendars using (calendar_id) where resource_id = $1 and due_at > now()`,
        [resourceId],
      );
      return rows[0]?.done === true;
    });
  }

  /** What comes of asking for a booking: 201, or the problem's code. */
  async statusOf(resourceId: string, at: Stretch): Promise<unknown> {
    const { status, body } = await this.booking.book(newCustomer(), { resourceId, ...at });
    return status === 201 ? status : body["code"];
  }

  /** Ids of the resource's blocks, in the order of their times. */
  async blocksOf(resourceId: string): Promise<string[]> {
    const { rows } = await this.booking.sql.query<{ block_id: string }>(
      "select block_id from blocks join calendars using (calendar_id) where resource_id = $1 order by starts_at",
      [resourceId],
    );
    return rows.map((row) => row.block_id);
  }
}
