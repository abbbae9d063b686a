import { describe, expect, test } from "vitest";
import { createMailbox, type Mailbox } from "./mailbox.ts";

const noon = Temporal.Instant.from("2026-01-01T12:00:00Z");
const plenty = { messages: 100, bytes: 100_000 };

function send(mailbox: Mailbox, messageId: string | undefined, to: string[], body = "hello") {
  const header = messageId === undefined ? "" : `Message-ID: ${messageId}\r\n`;
  mailbox.deliver("shop@example.com", to, Buffer.from(`Subject: hi\r\n${header}\r\n${body}`), noon);
}

function messageIds(mailbox: Mailbox, duplicates = false) {
  return [...mailbox.newestFirst(duplicates)].map(({ messageId }) => messageId);
}

describe("a mailbox", () => {
  test("shows a message delivered twice to one recipient once, and counts both deliveries", () => {
    const mailbox = createMailbox(plenty);
    send(mailbox, "<1@x>", ["ada@example.com"]);
    send(mailbox, "<2@x>", ["ada@example.com"]);
    send(mailbox, "<1@x>", ["Ada@Example.com"]);
    expect(messageIds(mailbox)).toEqual(["<2@x>", "<1@x>"]);
    expect(messageIds(mailbox, true)).toEqual(["<1@x>", "<2@x>", "<1@x>"]);
    expect(mailbox.count()).toEqual({ received: 3, distinct: 2 });
  });

  test("counts one message to two recipients as two", () => {
    const mailbox = createMailbox(plenty);
    send(mailbox, "<1@x>", ["ada@example.com", "bob@example.com"]);
    expect(mailbox.count()).toEqual({ received: 2, distinct: 2 });
  });

  test("never takes messages without a Message-ID for one another", () => {
    const mailbox = createMailbox(plenty);
    send(mailbox, undefined, ["ada@example.com"]);
    send(mailbox, undefined, ["ada@example.com"]);
    expect(mailbox.count()).toEqual({ received: 2, distinct: 2 });
    expect(messageIds(mailbox)).toHaveLength(2);
  });

  test.for([
    ["Message-ID:\r\n <folded@x>\r\n\r\nbody", "<folded@x>"],
    ["MESSAGE-id: <case@x>\r\n\r\nbody", "<case@x>"],
    ["Subject: x\r\n\r\nMessage-ID: <body@x>\r\n", undefined],
    ["X-Message-ID: <other@x>\r\n\r\nbody", undefined],
  ] as const)("finds the Message-ID in the header alone: %j", ([raw, expected]) => {
    const mailbox = createMailbox(plenty);
    mailbox.deliver("", ["ada@example.com"], Buffer.from(raw), noon);
    expect(messageIds(mailbox)).toEqual([expected]);
  });

  test("drops the oldest beyond its number of messages and finds the rest by sequence", () => {
    const mailbox = createMailbox({ messages: 3, bytes: 100_000 });
    for (let n = 1; n <= 10; n++) send(mailbox, `<${n}@x>`, ["ada@example.com"]);
    expect(messageIds(mailbox)).toEqual(["<10@x>", "<9@x>", "<8@x>"]);
    expect([...mailbox.newestFirst(true)].map(({ sequence }) => mailbox.find(sequence)?.messageId)).toEqual([
      "<10@x>",
      "<9@x>",
      "<8@x>",
    ]);
    expect([7, 11].map((sequence) => mailbox.find(sequence))).toEqual([undefined, undefined]);
    expect(mailbox.count()).toEqual({ received: 10, distinct: 10 });
  });

  test("drops the oldest beyond its bytes", () => {
    const mailbox = createMailbox({ messages: 100, bytes: 2_500 });
    for (let n = 1; n <= 4; n++) send(mailbox, `<${n}@x>`, ["ada@example.com"], "x".repeat(1_000));
    expect(messageIds(mailbox)).toEqual(["<4@x>", "<3@x>"]);
  });

  test("shows the later copy once the first was dropped for room", () => {
    const mailbox = createMailbox({ messages: 2, bytes: 100_000 });
    for (const id of ["<1@x>", "<1@x>", "<2@x>"]) send(mailbox, id, ["ada@example.com"]);
    expect(messageIds(mailbox)).toEqual(["<2@x>", "<1@x>"]);
  });

  test("forgets everything when cleared and does not reuse a sequence", () => {
    const mailbox = createMailbox(plenty);
    send(mailbox, "<1@x>", ["ada@example.com"]);
    mailbox.clear();
    expect([mailbox.count(), messageIds(mailbox)]).toEqual([{ received: 0, distinct: 0 }, []]);
    send(mailbox, "<1@x>", ["ada@example.com"]);
    expect(mailbox.find(1)).toBeUndefined();
    expect(mailbox.find(2)?.messageId).toBe("<1@x>");
  });
});
