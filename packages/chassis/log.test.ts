import { expect, test } from "vitest";
import { createLogger } from "./log.ts";

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger("test", "debug", { write: (line) => void lines.push(line) }));
  return lines.join("");
}

test("no secret reaches the log, at the top or two levels down", () => {
  const text = logged((log) => {
    log.info({ password: "hunter2", token: "hunter2", client_secret: "hunter2" }, "top");
    log.info(
      { headers: { authorization: "Bearer hunter2", cookie: "a=hunter2", "set-cookie": "a=hunter2" } },
      "one",
    );
    log.info({ request: { body: { password: "hunter2", card: { number: "hunter2" } } } }, "two");
  });
  expect(text).not.toContain("hunter2");
  expect(text.match(/\[redacted\]/g)).toHaveLength(8);
});

test("an error is told with its cause and code, without the row values Postgres quotes", () => {
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    detail: "Key (email)=(ada@example.com)",
  });
  const line = JSON.parse(
    logged((log) => log.error({ err: new Error("it failed", { cause }) }, "oh")),
  ) as object;
  expect(line).toMatchObject({
    level: "error",
    name: "test",
    err: { message: "it failed", cause: { code: "23505" } },
  });
  expect(JSON.stringify(line)).not.toContain("ada@example.com");
});
