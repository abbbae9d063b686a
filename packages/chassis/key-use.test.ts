import { expect, test } from "vitest";
import type { Caller } from "./tokens.ts";
import { type KeyedCall, keyUseOf } from "./key-use.ts";

const ada: Caller = { userId: "usr_01h455vb4pex5vsknk084sn02q", roles: ["customer"], issuedAtMs: 0 };
const plain: KeyedCall = {
  endpoint: { name: "createThing", access: "booking:create:own" },
  params: { thingId: "1" },
  query: { except: "current" },
  body: { name: "a" },
  caller: ada,
  idempotencyKey: "key",
};
const sealed: KeyedCall = { ...plain, endpoint: { ...plain.endpoint, sealedAnswer: true } };
const anonymous: KeyedCall = {
  ...plain,
  endpoint: { name: "createThing", access: "public" },
  caller: null,
};

/** Every other request that could be taken for this one. */
const others: readonly [string, Partial<KeyedCall>][] = [
  ["endpoint", { endpoint: { ...plain.endpoint, name: "createOther" } }],
  ["path", { params: { thingId: "2" } }],
  ["query", { query: {} }],
  ["body", { body: { name: "b" } }],
];

test("a call without a key makes no use of one", () => {
  expect(keyUseOf({ ...plain, idempotencyKey: null })).toBeNull();
});

test.each(others)("another %s is another request, openly and sealed", (_, other) => {
  for (const call of [plain, sealed]) {
    const endpoint = { ...call.endpoint, ...other.endpoint };
    const [first, second] = [keyUseOf(call), keyUseOf({ ...call, ...other, endpoint })];
    expect(second).toMatchObject({ caller: first!.caller, key: first!.key });
    expect(second!.hash).not.toBe(first!.hash);
  }
});

test("the same request makes the same use, with the parts it does not have left out", () => {
  for (const call of [plain, sealed, anonymous]) expect(keyUseOf({ ...call })).toEqual(keyUseOf(call));
  expect(keyUseOf({ ...plain, query: undefined })).not.toEqual(keyUseOf(plain));
});

test("a use that seals shows neither key nor request, and another secret of the service's leads elsewhere", () => {
  const use = keyUseOf(sealed)!;
  expect(use.key).not.toBe("key");
  expect(use.hash).not.toBe(keyUseOf(plain)!.hash);
  expect(use.sealingKey).toHaveLength(32);
  const peppered = keyUseOf(sealed, Buffer.alloc(32, 1))!;
  for (const member of ["key", "hash", "sealingKey"] as const)
    expect(peppered[member]).not.toEqual(use[member]);
});

test("a service with a secret of its own seals everything, and so sees one key in two calls of either kind", () => {
  const secret = Buffer.alloc(32, 1);
  const other = { ...sealed, endpoint: { ...sealed.endpoint, name: "createSecret" } };
  const [first, second] = [keyUseOf(plain, secret)!, keyUseOf(other, secret)!];
  expect(first.sealingKey).toHaveLength(32);
  expect(second.key).toBe(first.key);
  expect(second.hash).not.toBe(first.hash);
});

test("whoever calls what is open to all is nobody, signed in or not, and their key is the request's", () => {
  const use = keyUseOf(anonymous)!;
  expect(use.caller).toBe("anonymous");
  expect(keyUseOf({ ...anonymous, caller: ada })).toEqual(use);
  const other = keyUseOf({ ...anonymous, body: { name: "b" } })!;
  expect(other.key).not.toBe(use.key);
  expect(other.sealingKey).not.toEqual(use.sealingKey);
});
