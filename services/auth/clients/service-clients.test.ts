import { expect, test } from "vitest";
import { createServiceClients } from "./service-clients.ts";

const clients = createServiceClients({ notification: "its-own-secret", gateway: "another-secret" });

test("knows each client by its own secret alone", () => {
  expect(clients.knows("notification", "its-own-secret")).toBe(true);
  expect(clients.knows("gateway", "another-secret")).toBe(true);
  expect(clients.knows("notification", "another-secret")).toBe(false);
  expect(clients.knows("notification", "")).toBe(false);
});

test("knows nobody under a name that is not declared", () => {
  expect(clients.knows("booking", "its-own-secret")).toBe(false);
  expect(clients.knows("__proto__", "")).toBe(false);
  expect(clients.knows("constructor", "")).toBe(false);
});
