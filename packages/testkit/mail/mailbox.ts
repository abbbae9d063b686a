import assert from "node:assert";

/** One copy of a message in one recipient's mailbox, as received. */
export type StoredMail = {
  /** Grows by one a copy; never reused, not even after `clear`. */
  sequence: number;
  receivedAt: Temporal.Instant;
  /** Envelope sender; empty for a bounce. */
  from: string;
  /** Envelope recipient, lower case. */
  to: string;
  /** From the header, angle brackets included; absent when the message carries none. */
  messageId: string | undefined;
  raw: Buffer;
};

/** `received` counts deliveries since the last `clear`; `distinct` leaves out those of a message already held. */
export type MailCount = { received: number; distinct: number };

/** At most this much is held; beyond it the oldest copies go. */
export type MailboxBounds = { messages: number; bytes: number };

/** An in-memory mailbox for everybody, newest first. */
export type Mailbox = {
  /** Stores one copy a recipient. Costs no parsing beyond finding the Message-ID. */
  deliver(from: string, recipients: string[], raw: Buffer, receivedAt: Temporal.Instant): void;
  /** Newest first. Unless `duplicates`, a recipient's copies of one Message-ID appear once, as first received. */
  newestFirst(duplicates: boolean): Generator<StoredMail>;
  find(sequence: number): StoredMail | undefined;
  count(): MailCount;
  clear(): void;
  /** Takes back in a copy that an earlier mailbox held; oldest first. */
  restore(mail: StoredMail): void;
  /** Goes on counting where an earlier mailbox stopped; after its copies. */
  resume(count: MailCount, lastSequence: number): void;
  /** The sequence of the newest copy there ever was; 0 for none. */
  lastSequence(): number;
};

/**
 * A message whose first copy was dropped for room counts as distinct again when it is delivered once more; without a
 * Message-ID every copy is distinct.
 */
export function createMailbox(bounds: MailboxBounds): Mailbox {
  let held: StoredMail[] = [];
  // Dropping from an array's front costs its length, so the front is marked and cut off now and then.
  let front = 0;
  let nextSequence = 1;
  let bytes = 0;
  let counted: MailCount = { received: 0, distinct: 0 };
  const copies = newCopies();

  function add(mail: StoredMail) {
    held.push(mail);
    bytes += mail.raw.length;
    counted.received += 1;
    if (copies.add(mail)) counted.distinct += 1;
  }

  function dropOldest() {
    const oldest = held[front];
    assert(oldest !== undefined);
    front += 1;
    bytes -= oldest.raw.length;
    copies.dropFirst(oldest);
  }

  function trim() {
    while (held.length - front > bounds.messages || bytes > bounds.bytes) dropOldest();
    if (front * 2 > held.length) {
      held = held.slice(front);
      front = 0;
    }
  }

  return {
    deliver(from, recipients, raw, receivedAt) {
      const messageId = findMessageId(raw);
      for (const recipient of recipients) {
        add({ sequence: nextSequence++, receivedAt, from, to: recipient.toLowerCase(), messageId, raw });
      }
      trim();
    },
    *newestFirst(duplicates) {
      for (const mail of held.slice(front).reverse()) {
        if (duplicates || copies.isFirst(mail)) yield mail;
      }
    },
    find(sequence) {
      const first = held[front]?.sequence;
      return first === undefined || sequence < first ? undefined : held[front + sequence - first];
    },
    count: () => ({ ...counted }),
    clear() {
      held = [];
      front = 0;
      bytes = 0;
      counted = { received: 0, distinct: 0 };
      copies.clear();
    },
    restore(mail) {
      nextSequence = mail.sequence + 1;
      add(mail);
      trim();
    },
    resume(count, lastSequence) {
      nextSequence = Math.max(nextSequence, lastSequence + 1);
      counted = larger(counted, count);
    },
    lastSequence: () => nextSequence - 1,
  };
}

/** A kill may have come between a copy's line and the count's. */
function larger(one: MailCount, other: MailCount): MailCount {
  return {
    received: Math.max(one.received, other.received),
    distinct: Math.max(one.distinct, other.distinct),
  };
}

/** Which copies of one message a recipient has, in the order they came. */
function newCopies() {
  const sequences = new Map<string, number[]>();
  return {
    /** Whether it is the first of its message. */
    add(mail: StoredMail): boolean {
      const earlier = sequences.get(keyOf(mail));
      earlier?.push(mail.sequence);
      if (earlier === undefined) sequences.set(keyOf(mail), [mail.sequence]);
      return earlier === undefined;
    },
    dropFirst(mail: StoredMail): void {
      const [, ...later] = sequences.get(keyOf(mail)) ?? [];
      if (later.length === 0) sequences.delete(keyOf(mail));
      else sequences.set(keyOf(mail), later);
    },
    isFirst: (mail: StoredMail) => sequences.get(keyOf(mail))?.[0] === mail.sequence,
    clear: () => sequences.clear(),
  };
}

function keyOf({ to, messageId, sequence }: StoredMail): string {
  return messageId === undefined ? `#${sequence}` : `${to} ${messageId}`;
}

const longestHeaderBytes = 64 * 1_024;

/** The part of a message before its body, cut at 64 KiB; every byte is one character. */
export function headerOf(raw: Buffer): string {
  const head = raw.subarray(0, longestHeaderBytes);
  const end = head.indexOf("\r\n\r\n");
  return head.toString("latin1", 0, end === -1 ? head.length : end + 2);
}

function findMessageId(raw: Buffer): string | undefined {
  return /^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^>\r\n]*>|[^\s<]+)/im.exec(headerOf(raw))?.[1];
}
