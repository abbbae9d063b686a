import { Problem } from "@holdfast/chassis/problem";
import { expect, test } from "vitest";
import { createPasswordHasher } from "./password-hasher.ts";

const roomy = { hashing: "owasp", atOnce: 2, maxWaiting: 8 } as const;

test("keeps argon2id with OWASP's parameters and a salt of its own", async () => {
  const passwords = await createPasswordHasher(roomy);
  const [one, other] = await Promise.all([passwords.hash("velvet-orbit"), passwords.hash("velvet-orbit")]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(other);
});

test("knows the password again, and no other", async () => {
  const passwords = await createPasswordHasher(roomy);
  const kept = await passwords.hash("velvet-orbit");
  expect(await passwords.verify(kept, "velvet-orbit")).toBe(true);
  expect(await passwords.verify(kept, "velvet-orbiT")).toBe(false);
});

test("without a hash the answer is no, whatever the password", async () => {
  const passwords = await createPasswordHasher(roomy);
  expect(await passwords.verify(undefined, "velvet-orbit")).toBe(false);
  expect(await passwords.verify(undefined, "")).toBe(false);
});

test("refuses who would make the queue too long, and serves all who wait", async () => {
  const passwords = await createPasswordHasher({ ...roomy, atOnce: 1, maxWaiting: 2 });
  const asked = ["a", "b", "c", "d", "e"].map((password) => passwords.hash(password));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
  const refusal: unknown = outcomes[3]?.status === "rejected" ? outcomes[3].reason : undefined;
  expect(refusal).toBeInstanceOf(Problem);
  expect(refusal).toMatchObject({ code: "service/unavailable", status: 503 });
  await expect(passwords.hash("after the rush")).resolves.toMatch(/^\$argon2id/);
});

test("an account that does not exist takes about as long to refuse as a wrong password", async () => {
  const passwords = await createPasswordHasher(roomy);
  const kept = await passwords.hash("velvet-orbit");
  const timeOf = async (hash: string | undefined) => {
    const startedAt = performance.now();
    await passwords.verify(hash, "velvet-orbiT");
    return performance.now() - startedAt;
  };
  let nobody = Infinity;
  let somebody = Infinity;
  // In turn, and the fastest of each: what else the machine does slows both alike.
  for (let round = 0; round < 10; round += 1) {
    nobody = Math.min(nobody, await timeOf(undefined));
    somebody = Math.min(somebody, await timeOf(kept));
  }
  expect(nobody).toBeGreaterThan(somebody / 3);
  expect(nobody).toBeLessThan(somebody * 3);
});

test("what was hashed with other parameters is to be hashed again, and nothing else is", async () => {
  const passwords = await createPasswordHasher(roomy);
  const now = await passwords.hash("velvet-orbit");
  expect(passwords.needsRehash(now)).toBe(false);
  for (const other of ["m=19456,t=3,p=1", "m=19457,t=2,p=1", "m=19456,t=2,p=2"]) {
    expect(passwords.needsRehash(now.replace("m=19456,t=2,p=1", other))).toBe(true);
  }
  expect(passwords.needsRehash(now.replace("argon2id", "argon2i"))).toBe(true);
});
