import { isDeepStrictEqual } from "node:util";
import { invalidParameter, keyInUse, keyReused } from "./errors.ts";
import { parseForm } from "./form-body.ts";
import { Shelf } from "./shelf.ts";

/** An answer as it is kept: the object, not its text, since objects are never changed in place. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly requestId: string;
  /** A kept server failure: asking again under the same key would only bring it back. */
  readonly final?: boolean;
}

/** A key and what was answered under it; null while its first request runs. */
export interface IdempotencyEntry {
  readonly id: string;
  readonly path: string;
  readonly rawBody: string;
  answer: Answer | null;
}

/** Answers kept by idempotency key under Stripe's rules: https://docs.stripe.com/api/idempotent_requests */
export class IdempotencyKeys {
  readonly #entries = new Shelf<IdempotencyEntry>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Claims a key for a request, or returns the answer the key already has.
   *
   * @throws Refusal 409 while the first request runs; `idempotency_error` where path or parameters differ from it
   */
  begin(key: string, path: string, rawBody: string): Answer | undefined {
    if (key.length > 255)
      throw invalidParameter("Idempotency keys can be up to 255 characters long.", undefined);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.put({ id: key, path, rawBody, answer: null });
      if (this.#entries.size > this.#limit) this.#entries.removeOldest();
      return undefined;
    }
    if (entry.path !== path) {
      const message = `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${entry.path}'). Try using a key other than '${key}' if you meant to execute a different request.`;
      throw keyReused(message);
    }
    if (entry.rawBody !== rawBody && !isDeepStrictEqual(parseForm(entry.rawBody), parseForm(rawBody))) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
      throw keyReused(message);
    }
    if (entry.answer === null) throw keyInUse(key);
    return entry.answer;
  }

  /** Whether a key has its answer, which every further request under it is given. */
  isAnswered(key: string): boolean {
    return (this.#entries.get(key)?.answer ?? null) !== null;
  }

  /** Keeps the answer, to be replayed for the key from now on. */
  finish(key: string, answer: Answer): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.answer = answer;
  }

  /** Frees a key whose request was refused before any work began. */
  abandon(key: string): void {
    this.#entries.remove(key);
  }

  /** Every key, oldest first. */
  entries(): Iterable<IdempotencyEntry> {
    return this.#entries.oldestFirst();
  }

  /** Takes a key of an earlier run back in. */
  restore(entry: IdempotencyEntry): void {
    this.#entries.put(entry);
    if (this.#entries.size > this.#limit) this.#entries.removeOldest();
  }

  clear(): void {
    this.#entries.clear();
  }
}
