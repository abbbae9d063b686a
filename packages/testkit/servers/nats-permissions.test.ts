import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { natsConfig, natsConfigFile } from "./nats-permissions.ts";

test("the bus grants what the contracts declare (else run nats-permissions.ts)", async () => {
  expect(await readFile(natsConfigFile, "utf8")).toBe(natsConfig());
});
