import { expect, test } from "vitest";
import { cookieOf, setCookieHeader } from "./cookies.ts";

const cookie = {
  name: "__Host-a",
  value: "b.c_d-e",
  path: "/",
  maxAgeSeconds: 300,
  sameSite: "Lax",
} as const;

test("a cookie is always kept from scripts and from connections in the clear", () => {
  expect(setCookieHeader(cookie)).toBe(
    "__Host-a=b.c_d-e; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Lax",
  );
});

test.each([
  { value: "a; Domain=evil.example" },
  { value: "a\r\nset-cookie: b=c" },
  { value: 'a"b' },
  { name: "a=b" },
  { path: "/; Domain=evil.example" },
  { path: "elsewhere" },
  { maxAgeSeconds: 1.5 },
  { maxAgeSeconds: -1 },
])("refuses to write what would be read as something else: %j", (wrong) => {
  expect(() => setCookieHeader({ ...cookie, ...wrong })).toThrow(/^cookie /);
});

test.each([
  ["a=1; b=2", "b", "2"],
  ["b=2", "b", "2"],
  ["b=x=y", "b", "x=y"],
  ["ab=1; cb=2", "b", undefined],
  ["b=1; b=2", "b", undefined],
  ["b", "b", undefined],
  ["", "b", undefined],
  [undefined, "b", undefined],
])("in %j finds of %j %j", (header, name, value) => {
  expect(cookieOf(header, name)).toBe(value);
});
