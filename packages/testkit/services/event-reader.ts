/** Reads a stream of server-sent events as a browser's EventSource does, and says what it was told. */
import { until } from "../until.ts";

export interface ReadEvent {
  readonly id: string | undefined;
  readonly event: string;
  // Tests look into what they expect there.
  readonly data: Record<string, unknown>;
}

export class EventReader implements Disposable {
  readonly status: number;
  readonly headers: Headers;
  readonly events: ReadEvent[] = [];
  /** Everything as it came. */
  text = "";
  isOver = false;
  readonly #leave: AbortController;

  private constructor(response: Response, leave: AbortController) {
    this.status = response.status;
    this.headers = response.headers;
    this.#leave = leave;
    void this.#read(response);
  }

  /** Resolves once the answer begins; `lastEventId` is sent where there is one. */
  static async open(
    url: string,
    headers: Record<string, string>,
    lastEventId?: string,
  ): Promise<EventReader> {
    const leave = new AbortController();
    const sent = lastEventId === undefined ? headers : { ...headers, "last-event-id": lastEventId };
    return new EventReader(await fetch(url, { headers: sent, signal: leave.signal }), leave);
  }

  /** Types of all events told so far. */
  get types(): string[] {
    return this.events.map(({ event }) => event);
  }

  /** What the next connection names: the last id there was. */
  get lastEventId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The first event of that type, about that booking where one is said, once it is told. */
  told(event: string, bookingId?: unknown): Promise<ReadEvent> {
    return until(`the event ${event}`, () =>
      this.events.find(
        (one) => one.event === event && (bookingId === undefined || one.data["bookingId"] === bookingId),
      ),
    );
  }

  ended(deadlineMs?: number): Promise<true> {
    return until("the stream to end", () => this.isOver, deadlineMs);
  }

  /** Breaks the connection. */
  [Symbol.dispose](): void {
    this.#leave.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const bytes of response.body ?? []) {
        const piece = decoder.decode(bytes, { stream: true });
        this.text += piece;
        const blocks = (rest + piece).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // Broken off, by whichever side.
    }
    this.isOver = true;
  }

  #take(block: string): void {
    const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    const data = fields.get("data");
    if (data === undefined) return;
    this.events.push({
      id: fields.get("id"),
      event: fields.get("event") ?? "message",
      data: JSON.parse(data) as Record<string, unknown>,
    });
  }
}
