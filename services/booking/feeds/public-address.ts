/** Which addresses a feed may be fetched from: what a vendor names must never lead into the network we run in. */
import ipaddr from "ipaddr.js";

/** What a feed may be fetched by, and from where. */
export interface AddressRules {
  readonly allowHttp: boolean;
  /** For an IP address, not a name. */
  isAllowed(address: string): boolean;
}

/** For everything that vendors name. */
export const publicAddresses: AddressRules = { allowHttp: false, isAllowed: isPublicAddress };

/** For development and tests: http, and addresses inside our network, too. */
export const anyAddresses: AddressRules = { allowHttp: true, isAllowed: () => true };

/** Global unicast (RFC 4291, section 2.4): nothing else of IPv6 is routed in the public. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Is this an address of the public internet, of one machine? Not private, loopback, link-local (where clouds keep their
 * metadata), shared, reserved or multicast; nor an IPv6 form that leads to an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}
