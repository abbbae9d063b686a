import { createHash } from "node:crypto";
import type { NodeBindings } from "@holdfast/chassis/exchange";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { mountAccountPages } from "./account-page.ts";

const app = new Hono<{ Bindings: NodeBindings }>();
mountAccountPages(app);

const sourceOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe.each([
  ["verify-email", "/v1/users/verifications"],
  ["reset-password", "/v1/password-resets/confirmations"],
  ["confirm-email", "/v1/email-changes/confirmations"],
])("the page %s", (name, path) => {
  test("calls its endpoint alone, and runs and shows nothing but what is its own", async () => {
    const response = await app.request(`/account/${name}`);
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain(`data-path="${path}"`);
    const inPage = (tag: string) => new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? "";
    const policy = response.headers.get("content-security-policy") ?? "";
    const directives = new Map(
      policy.split("; ").map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]),
    );
    expect(Object.fromEntries(directives)).toEqual({
      "default-src": ["'none'"],
      "script-src": [sourceOf(inPage("script"))],
      "style-src": [sourceOf(inPage("style"))],
      "connect-src": ["'self'"],
      "base-uri": ["'none'"],
      "form-action": ["'none'"],
      "frame-ancestors": ["'none'"],
    });
    expect(page).not.toMatch(/\son[a-z]+=/i);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  test("is kept by nobody", async () => {
    const { headers } = await app.request(`/account/${name}`);
    expect(headers.get("cache-control")).toBe("no-store");
  });
});

test("there is no other page", async () => {
  expect((await app.request("/account/other")).status).toBe(404);
});
