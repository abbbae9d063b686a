import { spawn } from "node:child_process";
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

test("a port that somebody has drawn is drawn by nobody else, whether or not they listen yet", async () => {
  const many = 300;
  const draw = `
    const { drawFreePort } = await import(${JSON.stringify(import.meta.resolve("./ports.ts"))});
    const ports = [];
    for (let i = 0; i < ${many}; i += 1) ports.push(await drawFreePort());
    process.send(ports);
    process.channel.ref();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", draw], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [theirs] = (await once(child, "message")) as [number[]];
  const ours = new Set<number>();
  while (ours.size < many) ours.add(await drawFreePort());
  expect(theirs).toHaveLength(many);
  expect(theirs.filter((port) => ours.has(port))).toEqual([]);
  child.disconnect();
});
