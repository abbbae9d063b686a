import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import nodemailer, { type Transporter } from "nodemailer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type MailInbox, startMailInbox } from "./mail-inbox.ts";

const listing = z.object({
  messages: z.array(
    z.object({
      id: z.string(),
      messageId: z.string().nullable(),
      from: z.string(),
      to: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string().nullable(),
      attachments: z.array(
        z.object({ contentType: z.string(), filename: z.string().nullable(), size: z.number() }),
      ),
      receivedAt: z.iso.datetime(),
    }),
  ),
});

const mail = {
  from: "Holdfast <shop@example.com>",
  to: "ada@example.com",
  subject: "Votre réservation ✓",
  text: "See you on Monday.\n.\nA line of one dot.",
  html: "<p>See you on <b>Monday</b>.</p>",
};

let inbox: MailInbox;
let sender: Transporter;

beforeAll(async () => {
  inbox = await startMailInbox();
});
afterAll(() => inbox[Symbol.asyncDispose]());
beforeEach(() => {
  sender = nodemailer.createTransport(inbox.smtpUrl);
});
afterEach(async () => {
  sender.close();
  await request("/messages", { method: "DELETE" });
  await turn({});
});

async function request(path: string, init: RequestInit = {}) {
  return fetch(new URL(path, inbox.httpUrl), { ...init, signal: AbortSignal.timeout(5_000) });
}

async function turn(switches: Record<string, number>) {
  return request("/switches", { method: "PUT", body: JSON.stringify(switches) });
}

async function messages(query = "") {
  return listing.parse(await (await request(`/messages${query}`)).json()).messages;
}

async function count() {
  return (await request("/count")).json();
}

describe("a mail that was sent", () => {
  test("can be read over HTTP as it was written", async () => {
    const sent = await sender.sendMail(mail);
    const [received] = await messages();
    expect(received).toMatchObject({
      messageId: sent.messageId,
      from: '"Holdfast" <shop@example.com>',
      to: "ada@example.com",
      subject: "Votre réservation ✓",
      html: mail.html,
      attachments: [],
    });
    expect(received?.text.trim()).toBe(mail.text);
  });

  test("shows each attachment's type, name and size, and gives it back byte for byte", async () => {
    const calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    await sender.sendMail({
      ...mail,
      attachments: [
        { filename: "invite.ics", content: calendar, contentType: "text/calendar" },
        { filename: "ünïcode.bin", content: bytes },
      ],
    });
    const [received] = await messages();
    expect(received?.attachments).toEqual([
      { contentType: "text/calendar", filename: "invite.ics", size: calendar.length },
      { contentType: "application/octet-stream", filename: "ünïcode.bin", size: 6 },
    ]);
    const first = await request(`/messages/${received?.id}/attachments/0`);
    expect(first.headers.get("content-type")).toContain("text/calendar");
    expect(await first.text()).toBe(calendar);
    const second = await request(`/messages/${received?.id}/attachments/1`);
    expect(Buffer.from(await second.arrayBuffer())).toEqual(bytes);
    expect((await request(`/messages/${received?.id}/attachments/2`)).status).toBe(404);
  });

  test("is found by recipient and by a part of its decoded subject", async () => {
    await sender.sendMail(mail);
    await sender.sendMail({ ...mail, to: "bob@example.com", subject: "Rappel" });
    expect(await messages("?to=ADA@example.com")).toMatchObject([{ to: "ada@example.com" }]);
    expect(await messages("?subject=R%C3%89SERVATION")).toMatchObject([{ to: "ada@example.com" }]);
    expect(await messages("?subject=rappel&to=ada@example.com")).toEqual([]);
    expect(await messages("?limit=1")).toMatchObject([{ to: "bob@example.com" }]);
  });

  test("is listed once when delivered twice, unless duplicates are asked for", async () => {
    const again = { ...mail, messageId: "<once@example.com>" };
    await sender.sendMail(again);
    await sender.sendMail(again);
    expect(await messages()).toHaveLength(1);
    expect(await messages("?duplicates=true")).toHaveLength(2);
    expect(await messages("?duplicates=false")).toHaveLength(1);
    expect(await count()).toEqual({ received: 2, distinct: 1 });
  });

  test("is gone after DELETE", async () => {
    await sender.sendMail(mail);
    const [received] = await messages();
    expect((await request("/messages", { method: "DELETE" })).status).toBe(204);
    expect(await messages()).toEqual([]);
    expect((await request(`/messages/${received?.id}/raw`)).status).toBe(404);
  });

  test("can be read by a person, and runs no script of its own in the page", async () => {
    await sender.sendMail({
      ...mail,
      subject: "<script>alert(1)</script>",
      html: `<script>alert("2")</script><p>Hi`,
    });
    const list = await (await request("/")).text();
    expect(list).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(list).not.toContain("<script>");
    const [link] = /\/mails\/\d+/.exec(list) ?? [];
    const page = await (await request(link ?? "/no-link")).text();
    expect(page).toContain("See you on Monday.");
    expect(page).toContain('sandbox="allow-popups');
    expect(page).not.toContain("<script>");
    expect(await (await request(`${link?.replace("mails", "messages")}/raw`)).text()).toContain(
      "From: Holdfast",
    );
  });
});

describe("the switches", () => {
  test.for([451, 550])(
    "refuse the next messages with %i, store none of them, then accept again",
    async (code) => {
      await turn({ failNext: 2, code });
      await expect(sender.sendMail(mail)).rejects.toMatchObject({ responseCode: code });
      await expect(sender.sendMail(mail)).rejects.toMatchObject({ responseCode: code });
      expect(await count()).toEqual({ received: 0, distinct: 0 });
      await sender.sendMail(mail);
      expect(await count()).toEqual({ received: 1, distinct: 1 });
    },
  );

  test("cut the connection after a message was accepted, so its sender cannot know", async () => {
    await turn({ acceptThenDrop: 1 });
    const once = { ...mail, messageId: "<unknown@example.com>" };
    await expect(sender.sendMail(once)).rejects.toThrow(/closed|reset|ended/i);
    expect(await count()).toEqual({ received: 1, distinct: 1 });
    await sender.sendMail(once);
    expect(await count()).toEqual({ received: 2, distinct: 1 });
  });

  test("hold the answer back", async () => {
    await turn({ delayMs: 250 });
    const before = performance.now();
    await sender.sendMail(mail);
    expect(performance.now() - before).toBeGreaterThan(200);
  });

  test("are turned together: what a request leaves out is off", async () => {
    await turn({ failNext: 5, code: 550 });
    expect(await (await turn({ delayMs: 1 })).json()).toEqual({
      failNext: 0,
      code: 451,
      delayMs: 1,
      acceptThenDrop: 0,
    });
  });

  test.for([{ code: 200 }, { failNext: -1 }, { delayMs: 60_001 }, { unknown: 1 }])(
    "refuse %j",
    async (switches) => {
      expect((await turn(switches)).status).toBe(400);
    },
  );
});

describe("the inbox", () => {
  test("accepts any credentials, and a sender on a connection that is kept", async () => {
    const pooled = nodemailer.createTransport({
      url: inbox.smtpUrl,
      pool: true,
      maxConnections: 2,
      auth: { user: "anyone", pass: "anything" },
    });
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => pooled.sendMail({ ...mail, to: `guest${n}@example.com` })),
    );
    pooled.close();
    expect(await count()).toEqual({ received: 40, distinct: 40 });
  });

  test("drops the oldest beyond its bound and still counts it", async () => {
    await using small = await startMailInbox({ bounds: { messages: 2, bytes: 1_000_000 } });
    const small1 = nodemailer.createTransport(small.smtpUrl);
    for (const subject of ["one", "two", "three"]) await small1.sendMail({ ...mail, subject });
    small1.close();
    const response = await fetch(`${small.httpUrl}/messages`);
    expect(listing.parse(await response.json()).messages.map(({ subject }) => subject)).toEqual([
      "three",
      "two",
    ]);
    expect(await (await fetch(`${small.httpUrl}/count`)).json()).toEqual({ received: 3, distinct: 3 });
  });

  test("shows in a later start what an earlier one received, and goes on counting", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "holdfast-mail-"));
    const stateFile = join(folder.path, "mail.jsonl");
    async function deliver(subjects: string[]): Promise<{ listed: unknown; counts: unknown }> {
      await using kept = await startMailInbox({ stateFile, bounds: { messages: 2, bytes: 1_000_000 } });
      const client = nodemailer.createTransport(kept.smtpUrl);
      for (const subject of subjects) await client.sendMail({ ...mail, subject });
      client.close();
      const { messages: found } = listing.parse(await (await fetch(`${kept.httpUrl}/messages`)).json());
      return {
        listed: found.map(({ id, subject, html }) => [id, subject, html]),
        counts: await (await fetch(`${kept.httpUrl}/count`)).json(),
      };
    }
    await deliver(["one", "two", "three"]);
    const expected = [
      ["4", "four", mail.html],
      ["3", "three", mail.html],
    ];
    const counts = { received: 4, distinct: 4 };
    expect(await deliver(["four"])).toEqual({ listed: expected, counts });
    expect(await deliver([])).toEqual({ listed: expected, counts });
  });

  test("refuses to start on a port that is taken, and leaves nothing open", async () => {
    await expect(startMailInbox({ httpPort: Number(new URL(inbox.httpUrl).port) })).rejects.toThrow(
      "EADDRINUSE",
    );
    await expect(startMailInbox({ smtpPort: Number(new URL(inbox.smtpUrl).port) })).rejects.toThrow(
      "EADDRINUSE",
    );
  });

  test.for(["?limit=0", "?limit=1001", "?duplicates=perhaps"])("refuses %s", async (query) => {
    expect((await request(`/messages${query}`)).status).toBe(400);
  });
});
