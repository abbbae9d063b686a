import { expect, test } from "vitest";
import { ipv6Groups, networkOf, unmappedAddress } from "./network.ts";

test.each([
  ["192.0.2.77", "192.0.2.0/24"],
  ["10.0.0.1", "10.0.0.0/24"],
  ["::ffff:192.0.2.77", "192.0.2.0/24"],
  ["::FFFF:192.0.2.77", "192.0.2.0/24"],
  ["::ffff:c000:24d", "192.0.2.0/24"],
  ["0:0:0:0:0:ffff:c000:024d", "192.0.2.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
  ["2001:0DB8:0001::1", "2001:db8:1::/48"],
  ["2001:db8::1", "2001:db8::/48"],
  ["64:ff9b::192.0.2.77", "64:ff9b::/48"],
  ["fe80::1%eth0", "fe80::/48"],
  ["::1", "::/48"],
])("%s lies in %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each(["", "unknown", "192.0.2", "192.0.2.77:8080", "2001:db8:::1", "::ffff:192.0.2.777", "[::1]"])(
  "what is no address lies in no network: %s",
  (text) => {
    expect(networkOf(text)).toBeNull();
    expect(unmappedAddress(text)).toBe(text);
  },
);

test("an address that merely holds ffff is not taken for IPv4", () => {
  expect(unmappedAddress("2001:db8::ffff:102:304")).toBe("2001:db8::ffff:102:304");
  expect(unmappedAddress("1:ffff::102:304")).toBe("1:ffff::102:304");
  expect(unmappedAddress("::ffff:0:192.0.2.77")).toBe("::ffff:0:192.0.2.77");
});

test("every IPv6 address has eight groups", () => {
  expect(ipv6Groups("64:ff9b::192.0.2.77")).toEqual([0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x24d]);
  expect(ipv6Groups("::")).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});
