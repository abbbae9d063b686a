import { expect, test } from "vitest";
import { isPublicAddress } from "./public-address.ts";

test.for([
  "93.184.216.34",
  "1.1.1.1",
  "172.32.0.1",
  "192.169.0.1",
  "100.128.0.1",
  "2606:2800:220:1:248:1893:25c8:1946",
  "2a00:1450:4003:80d::200e",
] as const)("%s is of the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.for([
  ["this network", "0.0.0.0"],
  ["loopback", "127.0.0.1"],
  ["loopback, all of it", "127.8.8.8"],
  ["private", "10.1.2.3"],
  ["private", "172.16.0.1"],
  ["private", "172.31.255.255"],
  ["private", "192.168.1.1"],
  ["a cloud's metadata", "169.254.169.254"],
  ["shared behind a carrier", "100.64.0.1"],
  ["of protocols", "192.0.0.8"],
  ["of documentation", "203.0.113.7"],
  ["of benchmarks", "198.18.0.1"],
  ["multicast", "224.0.0.1"],
  ["reserved", "240.0.0.1"],
  ["broadcast", "255.255.255.255"],
  ["IPv6 without an address", "::"],
  ["IPv6 loopback", "::1"],
  ["IPv6 link-local", "fe80::1"],
  ["IPv6 link-local with its zone", "fe80::1%eth0"],
  ["IPv6 site-local of old", "fec0::1"],
  ["IPv6 unique local", "fd00:ec2::254"],
  ["IPv6 multicast", "ff02::1"],
  ["IPv6 documentation", "2001:db8::1"],
  ["IPv6 documentation, the large range", "3fff::1"],
  ["IPv4 mapped into IPv6", "::ffff:127.0.0.1"],
  ["IPv4 mapped into IPv6, in hexadecimal", "::ffff:a9fe:a9fe"],
  ["a public IPv4 mapped into IPv6", "::ffff:1.1.1.1"],
  ["IPv4 in IPv6 of old", "::7f00:1"],
  ["IPv4 translated", "::ffff:0:7f00:1"],
  ["NAT64 to a private address", "64:ff9b::a00:1"],
  ["local NAT64", "64:ff9b:1::a00:1"],
  ["6to4 to a private address", "2002:a00:1::1"],
  ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
  ["discarded", "100::1"],
  ["no address", "localhost"],
  ["nothing", ""],
] as const)("refuses %s: %s", ([, address]) => {
  expect(isPublicAddress(address)).toBe(false);
});
