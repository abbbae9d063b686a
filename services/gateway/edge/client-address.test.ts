import { expect, test } from "vitest";
import { addressKey, clientAddress, clientCountry, trustProxies } from "./client-address.ts";

const nobody = trustProxies([]);
const network = trustProxies(["10.0.0.0/8", "fd00::/8"]);

test("believes no X-Forwarded-For by default", () => {
  expect(clientAddress("192.0.2.7", "198.51.100.1", nobody)).toBe("192.0.2.7");
});

test("believes what a trusted proxy saw, not what its client claimed before it", () => {
  expect(clientAddress("10.0.0.1", "203.0.113.9, 198.51.100.1", network)).toBe("198.51.100.1");
});

test("looks through a chain of trusted proxies", () => {
  expect(clientAddress("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.2.3.4", network)).toBe("198.51.100.1");
  expect(clientAddress("fd00::1", "2001:db8::1", network)).toBe("2001:db8::1");
});

test("believes nobody who is not a trusted proxy", () => {
  expect(clientAddress("192.0.2.7", "198.51.100.1", network)).toBe("192.0.2.7");
});

test("stops at what is no address", () => {
  expect(clientAddress("10.0.0.1", "198.51.100.1, unknown", network)).toBe("10.0.0.1");
  expect(clientAddress("10.0.0.1", "", network)).toBe("10.0.0.1");
});

test("shows an IPv4 peer of a dual-stack socket as IPv4", () => {
  expect(clientAddress("::ffff:192.0.2.7", undefined, nobody)).toBe("192.0.2.7");
  expect(clientAddress("::ffff:10.0.0.1", "198.51.100.1", network)).toBe("198.51.100.1");
});

test("counts one customer's whole IPv6 network as one", () => {
  expect(addressKey("2001:db8:1:2:aaaa::1")).toBe("2001:db8:1:2");
  expect(addressKey("2001:0db8:0001:0002::")).toBe(addressKey("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  expect(addressKey("2001:db8::1")).toBe("2001:db8:0:0");
  expect(addressKey("2001:db8:1:3::1")).not.toBe(addressKey("2001:db8:1:2::1"));
  expect(addressKey("fe80::1%eth0")).toBe("fe80:0:0:0");
  expect(addressKey("::1")).toBe("0:0:0:0");
  expect(addressKey("192.0.2.7")).toBe("192.0.2.7");
});

test("takes a country from the header that was named, where it is one", () => {
  const header = "cf-ipcountry";
  expect(clientCountry({ [header]: "DE" }, header)).toBe("DE");
  for (const told of ["de", "DEU", "D", "<x>", ""])
    expect(clientCountry({ [header]: told }, header)).toBeUndefined();
  expect(clientCountry({ [header]: "DE" }, "")).toBeUndefined();
});
