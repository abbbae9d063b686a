/** Who is at the other end: the socket's peer, or whom trusted proxies say they speak for. */
import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP } from "node:net";
import { ipv6Groups, unmappedAddress } from "@holdfast/chassis/network";

/** The proxies whose X-Forwarded-For is believed. */
export interface TrustedProxies {
  includes(address: string): boolean;
}

/** From IP addresses and networks in CIDR notation. */
export function trustProxies(networks: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return {
    includes: (address) => networks.length > 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"),
  };
}

/**
 * The client's address: behind trusted proxies the last one in X-Forwarded-For that is not such a proxy; whatever
 * stands before it anybody could have written.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string {
  let address = unmappedAddress(peer ?? "unknown");
  if (forwardedFor === undefined || !trusted.includes(address)) return address;
  for (const hop of forwardedFor.split(",").toReversed()) {
    const candidate = unmappedAddress(hop.trim());
    if (isIP(candidate) === 0) break;
    address = candidate;
    if (!trusted.includes(candidate)) break;
  }
  return address;
}

/** What a stranger's requests are counted under: their IPv4 address, or the /64 that one IPv6 customer has to itself. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  return ipv6Groups(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":");
}

const countryShape = /^[A-Z]{2}$/;

/** The client's country (ISO 3166) as a trusted proxy told it in that header; undefined where it did not. */
export function clientCountry(headers: IncomingHttpHeaders, header: string): string | undefined {
  const told = header === "" ? undefined : headers[header];
  return typeof told === "string" && countryShape.test(told) ? told : undefined;
}
