/** API keys at the door: each is exchanged at auth for an access token now and then, which goes on in its place. */
import { createHash } from "node:crypto";
import { Problem } from "@holdfast/chassis/problem";
import { refuseToken, unavailable } from "@holdfast/chassis/problems";
import type { ServiceTokenSource } from "@holdfast/chassis/service-token";
import { isApiKey, looksLikeApiKey } from "@holdfast/contracts/api-key-format";
import { exchangeApiKey } from "@holdfast/contracts/api/api-keys";
import { LRUCache } from "lru-cache";

export interface ApiKeys {
  /**
   * The Authorization header to go on with: a key's token in the place of the key, anything else as it is. A key
   * nothing is remembered of is asked about at auth, once `mayAsk` does not throw.
   * @throws tokenInvalid for a key that does not work, serviceUnavailable, what `mayAsk` throws
   */
  inPlaceOf(authorization: string, mayAsk: () => Promise<void>): Promise<string>;
}

export interface ApiKeysOptions {
  readonly authUrl: string;
  /** Null where the gateway has no secret towards auth; then no key works. */
  readonly serviceToken: ServiceTokenSource | null;
  /** The process's own clock, in ms; the machine's where not given. */
  readonly nowMs?: () => number;
}

/** A token is used until this long before its end, so that it arrives while it lives. */
const beforeEndMs = 30_000;

/** Auth is asked again after as long, to learn what changed of the key; while auth is down the token is used to its end. */
const rememberedMs = 60_000;

/** A key that does not work is refused for as long without asking. */
const refusedMs = 10_000;

/** How soon auth is asked again about a known key after it did not answer: each question may cost a call its time-out. */
const retryMs = 5_000;

const mostKeys = 10_000;

/** Exchanges in flight at once, of different keys; a key has one at a time. */
const mostInFlight = 64;

const timeoutMs = 2_000;

const scheme = /^Bearer +(\S+) *$/i;

/** What is remembered of a key; `header` is undefined where it does not work. */
interface Known {
  readonly header: string | undefined;
  readonly askAgainMs: number;
  readonly endsMs: number;
}

const answer = exchangeApiKey.answers.body!;

async function exchange(options: ApiKeysOptions, key: string) {
  const { authUrl, serviceToken } = options;
  if (serviceToken === null) throw new Error("the gateway has no secret to exchange API keys with");
  const token = await serviceToken.token();
  const response = await fetch(new URL(exchangeApiKey.path, authUrl), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ key }),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: "error",
  });
  if (!response.ok) throw new Error(`auth answered ${response.status} to the exchange of an API key`);
  return answer.parse(await response.json());
}

/** What is remembered of keys, by their hash. */
class KnownKeys {
  // Apart, so that a flood of keys that do not work pushes out none that do.
  readonly #working = new LRUCache<string, Known>({ max: mostKeys });
  readonly #refused = new LRUCache<string, Known>({ max: mostKeys });
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What auth need not be asked about now. */
  fresh(hash: string): Known | undefined {
    const known = this.#working.get(hash) ?? this.#refused.get(hash);
    return known !== undefined && this.#nowMs() < known.askAgainMs ? known : undefined;
  }

  /** A key whose token still lives, though it is time to ask again. */
  living(hash: string): Known | undefined {
    const known = this.#working.get(hash);
    return known !== undefined && this.#nowMs() < known.endsMs ? known : undefined;
  }

  remember(hash: string, { accessToken, expiresInSeconds }: Awaited<ReturnType<typeof exchange>>): Known {
    const now = this.#nowMs();
    if (accessToken === null) {
      const known = { header: undefined, askAgainMs: now + refusedMs, endsMs: now + refusedMs };
      this.#working.delete(hash);
      this.#refused.set(hash, known);
      return known;
    }
    const endsMs = now + expiresInSeconds * 1_000 - beforeEndMs;
    const askAgainMs = Math.min(endsMs, now + rememberedMs);
    const known = { header: `Bearer ${accessToken}`, askAgainMs, endsMs };
    this.#refused.delete(hash);
    this.#working.set(hash, known);
    return known;
  }

  /** Leaves auth in peace for a while. */
  putOff(hash: string, known: Known): void {
    this.#working.set(hash, { ...known, askAgainMs: Math.min(known.endsMs, this.#nowMs() + retryMs) });
  }
}

export function createApiKeys(options: ApiKeysOptions): ApiKeys {
  const keys = new KnownKeys(options.nowMs ?? (() => performance.now()));
  const inFlight = new Map<string, Promise<Known>>();

  const ask = async (hash: string, key: string): Promise<Known> => {
    try {
      return keys.remember(hash, await exchange(options, key));
    } catch (error) {
      const known = keys.living(hash);
      if (known === undefined) {
        throw error instanceof Problem ? error : unavailable("API keys cannot be checked right now.", error);
      }
      keys.putOff(hash, known);
      return known;
    } finally {
      inFlight.delete(hash);
    }
  };
  const askOnce = async (hash: string, key: string): Promise<Known> => {
    const asked = inFlight.get(hash);
    if (asked !== undefined) return asked;
    if (inFlight.size >= mostInFlight) {
      const known = keys.living(hash);
      if (known !== undefined) return known;
      throw unavailable("Too many API keys are being checked right now.");
    }
    const asking = ask(hash, key);
    inFlight.set(hash, asking);
    return asking;
  };
  const lookUp = async (key: string, mayAsk: () => Promise<void>): Promise<Known> => {
    const hash = createHash("sha256").update(key).digest("base64");
    const known = keys.fresh(hash);
    if (known !== undefined) return known;
    if (keys.living(hash) === undefined && !inFlight.has(hash)) await mayAsk();
    return askOnce(hash, key);
  };

  return {
    inPlaceOf: async (authorization, mayAsk) => {
      const key = scheme.exec(authorization)?.[1];
      if (key === undefined || !looksLikeApiKey(key)) return authorization;
      if (!isApiKey(key)) throw refuseToken("The API key is not one: its checksum does not fit.");
      const { header } = await lookUp(key, mayAsk);
      if (header === undefined) throw refuseToken("The API key does not work, or no longer.");
      return header;
    },
  };
}
