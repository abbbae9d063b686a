/**
 * Fetches a calendar from where a vendor says it is. Whoever chooses the address must not make us talk to our own network
 * or hold us up: every hop is resolved once, all its addresses are checked, and the connection goes to a checked one, so
 * a name that resolves to something else a moment later changes nothing.
 */
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { Client, type Dispatcher } from "undici";
import type { FeedError } from "@holdfast/contracts/api/feeds";
import type { AddressRules } from "./public-address.ts";

/** An address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

export interface FetchFeedOptions {
  readonly addresses: AddressRules;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  /** For all hops and the body together. */
  readonly timeoutMs: number;
  /** Finds a host's addresses; the system's resolver where not given. */
  readonly resolve?: (host: string) => Promise<readonly HostAddress[]>;
}

/** What the other side said when it was last read. */
export interface LastRead {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export type FetchedFeed =
  | {
      readonly kind: "changed";
      readonly text: string;
      readonly etag: string | null;
      readonly lastModified: string | null;
    }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly error: FeedError };

const redirectsMax = 3;
const bodyMaxBytes = 1_048_576;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A fetch that came to nothing, with what the vendor is told. */
class FetchFailed extends Error {
  readonly error: FeedError;

  constructor(error: FeedError) {
    super(error);
    this.error = error;
  }
}

/** May a feed have this address, as far as can be said without asking for its host? */
export function isAllowedFeedUrl(text: string, rules: AddressRules): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== "" || url.password !== "") return false;
  if (url.protocol !== "https:" && !(rules.allowHttp && url.protocol === "http:")) return false;
  const host = hostOf(url);
  return !ipaddr.isValid(host) || rules.isAllowed(host);
}

/** The calendar, or why there is none. Never throws for anything the other side does. */
export async function fetchFeed(
  url: string,
  last: LastRead,
  options: FetchFeedOptions,
): Promise<FetchedFeed> {
  const timeUp = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeUp]);
  try {
    return await followRedirects(url, last, { ...options, signal });
  } catch (error) {
    if (error instanceof FetchFailed) return { kind: "failed", error: error.error };
    return { kind: "failed", error: timeUp.aborted ? "timed-out" : "unreachable" };
  }
}

async function followRedirects(
  first: string,
  last: LastRead,
  options: FetchFeedOptions,
): Promise<FetchedFeed> {
  let url = first;
  for (let hops = 0; hops <= redirectsMax; hops++) {
    const answered = await fetchOnce(url, last, options);
    if (typeof answered !== "string") return answered;
    url = answered;
  }
  throw new FetchFailed("too-many-redirects");
}

/** One hop: the calendar, or the address of the next hop. */
async function fetchOnce(
  text: string,
  last: LastRead,
  options: FetchFeedOptions,
): Promise<FetchedFeed | string> {
  if (!isAllowedFeedUrl(text, options.addresses)) throw new FetchFailed("address-not-allowed");
  const url = new URL(text);
  const addresses = await checkedAddresses(url, options);
  const client = new Client(url.origin, {
    connect: {
      timeout: options.timeoutMs,
      // The addresses are known already: nobody is asked again.
      lookup: (_host, { all }, done) =>
        all ? done(null, [...addresses]) : done(null, addresses[0]!.address, addresses[0]!.family),
    },
    pipelining: 0,
  });
  try {
    const response = await client.request({
      method: "GET",
      path: `${url.pathname}${url.search}`,
      headers: {
        accept: "text/calendar, */*;q=0.1",
        "accept-encoding": "identity",
        "user-agent": "Holdfast",
        ...(last.etag === null ? undefined : { "if-none-match": last.etag }),
        ...(last.lastModified === null ? undefined : { "if-modified-since": last.lastModified }),
      },
      signal: options.signal,
    });
    return await takeResponse(url, response);
  } finally {
    // Whatever of the body was not wanted is not waited for.
    await client.destroy();
  }
}

/** The addresses to connect to, every one of them checked. */
async function checkedAddresses(url: URL, options: FetchFeedOptions): Promise<readonly HostAddress[]> {
  const host = hostOf(url);
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: ipaddr.parse(host).kind() === "ipv4" ? 4 : 6 }]
    : await inTime(options.signal, (options.resolve ?? resolveBySystem)(host));
  if (addresses.length === 0) throw new FetchFailed("host-not-found");
  if (!addresses.every(({ address }) => options.addresses.isAllowed(address)))
    throw new FetchFailed("address-not-allowed");
  return addresses;
}

async function resolveBySystem(host: string): Promise<readonly HostAddress[]> {
  try {
    return await lookup(host, { all: true });
  } catch {
    throw new FetchFailed("host-not-found");
  }
}

/** The resolver takes no signal; its answer is waited for no longer than that of the others. */
async function inTime<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function takeResponse(url: URL, response: Dispatcher.ResponseData): Promise<FetchedFeed | string> {
  const { statusCode, headers, body } = response;
  const one = (name: string) => {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
  if (statusCode === 304) return { kind: "unchanged" };
  const location = one("location");
  if (redirects.has(statusCode) && location !== null) {
    const next = URL.parse(location, url);
    if (!next) throw new FetchFailed("refused");
    return next.href;
  }
  const encoding = one("content-encoding");
  // What is compressed may unfold to anything.
  if (statusCode !== 200 || (encoding !== null && encoding !== "identity")) throw new FetchFailed("refused");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyMaxBytes) throw new FetchFailed("too-large");
    chunks.push(chunk);
  }
  return {
    kind: "changed",
    text: Buffer.concat(chunks).toString("utf8"),
    etag: sendable(one("etag")),
    lastModified: sendable(one("last-modified")),
  };
}

/** A header that can be sent back as it came; null for one that would only make the next request fail. */
function sendable(header: string | null): string | null {
  return header !== null && /^[\x20-\x7e]{1,300}$/.test(header) ? header : null;
}

/** The host without the brackets that an IPv6 address has in a URL. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
