import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { startNats } from "./nats.ts";
import { drawFreePort } from "./ports.ts";

test("says in one sentence which port is taken and what to do", async () => {
  const port = await drawFreePort();
  const squatter = createServer().listen(port, "127.0.0.1");
  await once(squatter, "listening");
  try {
    await expect(startNats({ port })).rejects.toThrow(
      new RegExp(`^Port ${port} on 127\\.0\\.0\\.1, which NATS is to use, is taken: .+\\.$`),
    );
  } finally {
    squatter.close();
  }
});
