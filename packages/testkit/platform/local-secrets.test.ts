import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localSecrets } from "./local-secrets.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-secrets-"));
});
afterEach(() => rm(folder, { recursive: true }));

const file = () => join(folder, "secrets.json");

test("a second start has the secrets of the first, which nobody else may read", async () => {
  const first = await localSecrets(folder);
  expect(await localSecrets(folder)).toEqual(first);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test("a file of an earlier version gains what it lacks, once, and keeps what it has", async () => {
  const { catalogClientSecret: _, bookingClientSecret: __, ...older } = await localSecrets(folder);
  await writeFile(file(), JSON.stringify(older));
  const newer = await localSecrets(folder);
  expect(newer).toMatchObject(older);
  expect(newer.catalogClientSecret).toMatch(/^.{16,}$/);
  expect(JSON.parse(await readFile(file(), "utf8"))).toEqual(newer);
  expect(await localSecrets(folder)).toEqual(newer);
});

test("what is no secret is refused, not replaced", async () => {
  const kept = await localSecrets(folder);
  await writeFile(file(), JSON.stringify({ ...kept, stripeApiKey: "mine" }));
  await expect(localSecrets(folder)).rejects.toThrow("stripeApiKey");
});
