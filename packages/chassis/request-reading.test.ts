import { expect, test } from "vitest";
import { isIdempotencyKey, isRequestId, parseJson, parseQuery, parseWait } from "./request-reading.ts";

const bytes = (text: string) => Buffer.from(text);
const withCode = (code: string) => expect.objectContaining({ code });

test("a member called __proto__ is refused as one that nobody knows, however it is spelled and wherever it is", () => {
  for (const name of ["__proto__", "\\u005f_proto__", "__\\u0070roto__"]) {
    const errors = [expect.objectContaining({ field: "__proto__", code: "unrecognized_keys" })];
    for (const text of [`{"${name}":{"admin":true},"a":1}`, `{"a":[{"b":{"${name}":1}}]}`])
      expect(() => parseJson(bytes(text))).toThrow(
        expect.objectContaining({ code: "request/invalid", errors }),
      );
  }
  expect(parseJson(bytes('{"a":"__proto__"}'))).toEqual({ a: "__proto__" });
});

test("ten thousand levels of nesting are parsed or refused at once, and never the process's end", () => {
  for (const inner of ["1", '"\\u0041"', '{"__proto__":1}']) {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const startedAt = performance.now();
      const outcome = (() => {
        try {
          return typeof parseJson(bytes(`${open.repeat(10_000)}${inner}${close.repeat(10_000)}`));
        } catch (error) {
          return (error as { code?: string }).code;
        }
      })();
      expect(["object", "request/malformed-json", "request/invalid"]).toContain(outcome);
      expect(performance.now() - startedAt).toBeLessThan(500);
    }
  }
});

test("no body changes what every object has by constructor.prototype", () => {
  const sent = '{"constructor":{"prototype":{"admin":1}},"a":{"constructor":{"prototype":{"admin":1}}}}';
  const parsed = parseJson(bytes(sent)) as Record<string, unknown>;
  const copied = Object.assign({}, parsed, structuredClone(parsed), { ...parsed });
  for (const one of [{}, [], parsed, copied, parsed["a"]])
    expect((one as Record<string, unknown>)["admin"]).toBeUndefined();
  // A member of its own, as any other name: schemas refuse it where they do not know it.
  expect(Object.hasOwn(parsed, "constructor")).toBe(true);
});

test.each([['{"a":'], ["[1,]"], ["\ufeff{}"], [""], ["undefined"]])("refuses malformed JSON: %s", (text) => {
  expect(() => parseJson(bytes(text))).toThrow(withCode("request/malformed-json"));
});

test("refuses bytes that are not UTF-8", () => {
  expect(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(withCode("request/malformed-json"));
});

test("takes a body that is nothing but nesting, also where every member is looked at", () => {
  const nested = (depth: number, inner: string) => bytes(`${"[".repeat(depth)}${inner}${"]".repeat(depth)}`);
  expect(parseJson(nested(30_000, ""))).toBeInstanceOf(Array);
  expect(parseJson(nested(500, '"\\u0041"'))).toBeInstanceOf(Array);
});

test.each([['{"name":"a\\u0000b"}'], ['{"name":"\\ud800"}'], ['{"a\\u0000":1}']])(
  "refuses what Postgres cannot store: %s",
  (text) => expect(() => parseJson(bytes(text))).toThrow(withCode("request/invalid")),
);

test("takes escapes that mean ordinary characters", () => {
  expect(parseJson(bytes('{"name":"Zo\\u00eb \\ud83d\\ude00"}'))).toEqual({ name: "Zoë 😀" });
});

test("a query parameter given twice is an array, and none reaches a prototype", () => {
  const query = parseQuery("/v1/things?a=1&b=2&a=3&__proto__=4&toString=5");
  expect({ ...query }).toEqual({ a: ["1", "3"], b: "2", toString: "5" });
  expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
  expect(() => parseQuery("/?name=%00")).toThrow(withCode("request/invalid"));
});

test.each([
  ["wait=5", 5],
  ["respond-async, wait=10", 10],
  ['wait="3"', 3],
  ["WAIT = 4; foo", 4],
  ["wait=999999", 30],
  ["wait=-1", 0],
  ["wait=1.5", 0],
  ["await=5", 0],
  [undefined, 0],
])("reads Prefer: %s as %d seconds", (prefer, seconds) => {
  expect(parseWait(prefer)).toBe(seconds);
});

test("an Idempotency-Key is 1 to 255 visible ASCII characters", () => {
  for (const key of ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "x".repeat(255)])
    expect(isIdempotencyKey(key)).toBe(true);
  for (const key of ["", "x".repeat(256), "a b", "naïve", "a\n"]) expect(isIdempotencyKey(key)).toBe(false);
});

test("a request id from outside is echoed only when it is harmless", () => {
  expect(isRequestId("8e03978e-40d5-43dd-bc93-6894a57f9324")).toBe(true);
  for (const id of ["short", "x".repeat(129), "with space in it", 'quote"quote"'])
    expect(isRequestId(id)).toBe(false);
});
