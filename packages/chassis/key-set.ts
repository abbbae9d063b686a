/** Auth's published keys, remembered: fetched again while they are used, at most one fetch at a time. */
import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { z } from "zod";
import { createBackoff } from "./backoff.ts";
import { unavailable } from "./problems.ts";

/** Keys as they were published at one time. */
export interface PublishedKeys {
  readonly lookup: ReturnType<typeof createLocalJWKSet>;
  readonly kids: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly fetchedAtMs: number;
}

/** Where the last keys outlive the process; see `keepKeySet`. */
export interface KeySetKeeper {
  /** The last that were kept. Rejects where they cannot be read. */
  load(): Promise<{ readonly jwks: JSONWebKeySet; readonly fetchedAtMs: number } | undefined>;
  /** Keeps them. Rejects where that cannot be done. */
  keep(jwks: JSONWebKeySet, fetchedAtMs: number): Promise<void>;
}

/** Where the keys come from: auth's address of them, or a function where they are at hand. */
export type KeySource =
  | { readonly jwksUrl: string; readonly keeper?: KeySetKeeper | undefined }
  | { readonly jwks: () => Promise<JSONWebKeySet> };

/** Auth over the network. */
const remote = {
  /** An unknown key id fetches the keys again at most this often, so made-up ids cost auth nothing. */
  cooldownMs: 30_000,
  /** Keys older than this are fetched again beside the request, so that a withdrawn key stops working. */
  refreshAfterMs: 60_000,
};

/** Keys of this very process, which looks them up for its own use. */
const local = { cooldownMs: 1_000, refreshAfterMs: 1_000 };

/** How soon a failed fetch may be tried again while there is no key at all. */
const firstFetchCooldownMs = 1_000;

/** Keys that could not be fetched again for this long are no longer used: what auth withdrew meanwhile is not known. */
const keysHoldMs = 86_400_000;

/** Waits between the attempts to fetch ahead. */
const aheadPauses = { baseMs: 200, maxMs: 1_000 };

const fetchTimeoutMs = 2_000;
const largestKeySet = 65_536;
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(64) });

async function fetchKeySet(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: "error" });
  if (!response.ok) throw new Error(`the key set answered ${response.status}`);
  const text = await response.text();
  if (text.length > largestKeySet) throw new Error(`the key set is larger than ${largestKeySet} characters`);
  return keySet.parse(JSON.parse(text)) as JSONWebKeySet;
}

function publishedKeys(jwks: JSONWebKeySet, fetchedAtMs: number): PublishedKeys {
  const kids = new Set(jwks.keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid])));
  return { lookup: createLocalJWKSet(jwks), kids, fetchedAtMs };
}

/** By the clock that never goes back, as cooldowns are measured with it too. */
const machineNowMs = () => Math.floor(performance.timeOrigin + performance.now());

export class KeySet {
  readonly #read: () => Promise<JSONWebKeySet>;
  readonly #keeper: KeySetKeeper | undefined;
  readonly #times: typeof remote;
  readonly #nowMs: () => number;
  #keys: PublishedKeys | undefined;
  #triedAt = -Infinity;
  #failure: unknown;
  #inFlight: Promise<void> | undefined;
  #loading: Promise<void> | undefined;

  /** @param nowMs milliseconds since 1970; in tests, a time of their own */
  constructor(source: KeySource, nowMs: () => number = machineNowMs) {
    this.#nowMs = nowMs;
    if ("jwks" in source) {
      this.#read = source.jwks;
      this.#times = local;
    } else {
      this.#read = () => fetchKeySet(source.jwksUrl);
      this.#keeper = source.keeper;
      this.#times = remote;
    }
  }

  /** The keys at hand, whatever their age; asked for anew beside the call once they are not fresh. */
  peek(): PublishedKeys | undefined {
    const keys = this.#keys;
    if (keys === undefined) return undefined;
    const ageMs = this.#nowMs() - keys.fetchedAtMs;
    if (ageMs > this.#times.refreshAfterMs && this.#mayFetch(this.#times.cooldownMs)) void this.#fetchOnce();
    return ageMs > keysHoldMs ? undefined : keys;
  }

  /**
   * Keys that may be used now.
   * @throws serviceUnavailable where there are none
   */
  async current(): Promise<PublishedKeys> {
    const keys = this.peek();
    if (keys !== undefined) return keys;
    if (this.#inFlight !== undefined || this.#mayFetch(firstFetchCooldownMs)) await this.#fetchOnce();
    if (this.#keys === undefined) await this.#loadKept();
    const fetched = this.peek();
    if (fetched === undefined) {
      throw unavailable("Access tokens cannot be checked right now.", this.#failure);
    }
    return fetched;
  }

  /** Looks for newer keys; false when it is too soon, or there were none to be had. */
  async renewed(than: PublishedKeys): Promise<boolean> {
    if (this.#keys !== than) return true;
    if (this.#inFlight === undefined && !this.#mayFetch(this.#times.cooldownMs)) return false;
    await this.#fetchOnce();
    return this.#keys !== than;
  }

  /** Fetches until it has keys, or the signal aborts. Never rejects. */
  async fetchAhead(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff(aheadPauses);
    let isFetched = false;
    while (!isFetched && !signal.aborted) {
      // With pauses of its own: a request that comes after a failure need not wait for the cooldown.
      await (this.#inFlight ??= this.#refresh());
      isFetched = this.#failure === undefined;
      if (!isFetched) await backoff.pause(signal);
    }
  }

  #mayFetch(cooldownMs: number): boolean {
    return this.#nowMs() - this.#triedAt >= cooldownMs;
  }

  #fetchOnce(): Promise<void> {
    if (this.#inFlight === undefined) this.#triedAt = this.#nowMs();
    return (this.#inFlight ??= this.#refresh());
  }

  async #refresh(): Promise<void> {
    try {
      const jwks = await this.#read();
      const fetchedAtMs = this.#nowMs();
      this.#keys = publishedKeys(jwks, fetchedAtMs);
      this.#failure = undefined;
      // What cannot be kept is missed only by a start while auth is down.
      void this.#keeper?.keep(jwks, fetchedAtMs).catch(() => undefined);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#inFlight = undefined;
    }
  }

  /** Once: what was kept does not change while auth is down. */
  #loadKept(): Promise<void> {
    this.#loading ??= (async () => {
      try {
        const kept = await this.#keeper?.load();
        if (kept !== undefined) this.#keys ??= publishedKeys(kept.jwks, kept.fetchedAtMs);
      } catch (error) {
        this.#failure ??= error;
        this.#loading = undefined;
      }
    })();
    return this.#loading;
  }
}
