/** IP addresses and the networks they lie in: what is kept of a client where its address itself is not. */
import { isIP } from "node:net";

/** An IPv4 address as itself where a dual-stack socket shows it as IPv6 (`::ffff:192.0.2.1`). */
export function unmappedAddress(address: string): string {
  if (!address.includes(":") || isIP(address) !== 6) return address;
  const groups = ipv6Groups(address);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (!isMapped) return address;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The eight groups of an IPv6 address. */
export function ipv6Groups(address: string): number[] {
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/**
 * The network of an address: `192.0.2.0/24` of IPv4 and `2001:db8:1::/48` of IPv6, which say roughly from where and
 * not who. Null for what is no IP address.
 */
export function networkOf(address: string): string | null {
  const plain = unmappedAddress(address);
  const family = isIP(plain);
  if (family === 4) return `${plain.slice(0, plain.lastIndexOf("."))}.0/24`;
  if (family !== 6) return null;
  const site = ipv6Groups(plain).slice(0, 3);
  while (site.at(-1) === 0) site.pop();
  return `${site.map((group) => group.toString(16)).join(":")}::/48`;
}
