import { describe, expect, it } from "vitest";
import { MalformedForm, parseForm } from "./form-body.ts";

/** As plain JSON, since parsed groups have no prototype for the matchers to compare. */
function read(body: string): unknown {
  return JSON.parse(JSON.stringify(parseForm(body)));
}

describe("parseForm", () => {
  it("nests by brackets, indexes arrays and decodes both ways of writing a space", () => {
    expect(
      read(
        "amount=1000&metadata[booking_id]=bkg_1&payment_method_types[0]=card&expand[]=a&expand[]=b&d=a+b%20c%26",
      ),
    ).toEqual({
      amount: "1000",
      metadata: { booking_id: "bkg_1" },
      payment_method_types: { 0: "card" },
      expand: { 0: "a", 1: "b" },
      d: "a b c&",
    });
  });

  it("reads encoded brackets as brackets", () => {
    expect(read("metadata%5Ba%5D=1")).toEqual({ metadata: { a: "1" } });
  });

  it("keeps the last of a repeated value and an empty one", () => {
    expect(read("a=1&a=2&b=&c")).toEqual({ a: "2", b: "", c: "" });
  });

  it("cannot reach a prototype", () => {
    const form = parseForm("__proto__[polluted]=1&metadata[__proto__]=x&constructor[prototype][polluted]=1");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Reflect.get(Object.prototype, "polluted")).toBeUndefined();
    expect(Object.getPrototypeOf(form)).toBeNull();
    expect(Object.keys(form)).toEqual(["__proto__", "metadata", "constructor"]);
  });

  it.each([
    "a=1&a[b]=2",
    "a[b]=1&a=2",
    "a[b=1",
    "a[b]c=1",
    "a=%zz",
    "a[1][2][3][4][5][6][7]=1",
    "a=1&".repeat(1001),
  ])("refuses %.20s", (body) => {
    expect(() => parseForm(body)).toThrow(MalformedForm);
  });
});
