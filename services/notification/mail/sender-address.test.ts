import { expect, test } from "vitest";
import { domainOf, parseSender } from "./sender-address.ts";

test.for([
  ["Holdfast <bookings@holdfast.example>", "Holdfast", "bookings@holdfast.example"],
  ['"Salon, Azul" <hi@salon.example>', "Salon, Azul", "hi@salon.example"],
  ["bookings@holdfast.example", "", "bookings@holdfast.example"],
] as const)("reads %s", ([text, name, address]) => {
  expect(parseSender(text)).toEqual({ name, address });
});

test.for(["", "Holdfast", "a@b@c", "Holdfast <bookings>", "a@b\r\nBcc: c@d", "a@b, c@d"])(
  "refuses %j",
  (text) => {
    expect(parseSender(text)).toBeNull();
  },
);

test("finds the domain", () => {
  expect(domainOf("bookings@Holdfast.Example")).toBe("holdfast.example");
});
