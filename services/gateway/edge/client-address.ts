/** Who is at the other end: the socket's peer, or whom trusted proxies say they speak for. */
import { BlockList, isIP } from "node:net";

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

/** An IPv4 address as itself where a dual-stack socket shows it as IPv6. */
function unmapped(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
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
  let address = unmapped(peer ?? "unknown");
  if (forwardedFor === undefined || !trusted.includes(address)) return address;
  for (const hop of forwardedFor.split(",").toReversed()) {
    const candidate = unmapped(hop.trim());
    if (isIP(candidate) === 0) break;
    address = candidate;
    if (!trusted.includes(candidate)) break;
  }
  return address;
}

/** The eight groups of an IPv6 address. */
function groups(address: string): string[] {
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  return [
    ...before,
    ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0"),
    ...after,
  ];
}

/** What a stranger's requests are counted under: their IPv4 address, or the /64 that one IPv6 customer has to itself. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  return groups(address)
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
