import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { createMailTokens } from "./mail-tokens.ts";

const tokens = createMailTokens(Buffer.alloc(32, 1));
const ticket = newId("tkt");

test("a token leads back to its ticket, and fits into a link as it is", () => {
  expect(tokens.ticketOf(tokens.tokenOf(ticket))).toBe(ticket);
  expect(tokens.tokenOf(ticket)).toMatch(/^[0-9a-z]{26}\.[\w-]{43}$/);
});

test("a token of another secret leads nowhere", () => {
  const others = createMailTokens(Buffer.alloc(32, 2));
  expect(tokens.ticketOf(others.tokenOf(ticket))).toBeUndefined();
});

test("a token moved to another ticket leads nowhere", () => {
  const [, mac] = tokens.tokenOf(ticket).split(".");
  expect(tokens.ticketOf(`${newId("tkt").slice(4)}.${mac}`)).toBeUndefined();
});

test("a token with any one character changed leads nowhere", () => {
  const token = tokens.tokenOf(ticket);
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === "0" ? "1" : "0";
    expect(tokens.ticketOf(`${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBeUndefined();
  }
});

test.each([
  "",
  ".",
  "nonsense",
  `${ticket}.x`,
  `${tokens.tokenOf(ticket)}=`,
  `${tokens.tokenOf(ticket)}.`,
  "é".repeat(60),
])("%j leads nowhere", (token) => {
  expect(tokens.ticketOf(token)).toBeUndefined();
});
