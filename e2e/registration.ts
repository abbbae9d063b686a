import {
  getMe,
  registerUser,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from "@holdfast/contracts/api/accounts";
import { logIn, refreshSession } from "@holdfast/contracts/api/sessions";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import type { World } from "./world.ts";

/** @param worldOf the platform, once it runs */
export function describeRegistration(worldOf: () => World): void {
  let world: World;
  beforeAll(() => void (world = worldOf()));

  /** The link in the newest mail with that subject; its page must be there. */
  async function followLink(to: string, subject: string): Promise<string> {
    const mail = await until(`the mail "${subject}"`, async () =>
      (await world.mails({ to })).find((one) => one.subject === subject),
    );
    const link = new URL(/https?:\/\/\S+#token=\S+/.exec(mail.text)?.[0] ?? "");
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    return new URLSearchParams(link.hash.slice(1)).get("token") ?? "";
  }

  test("register, follow the link in the mail, sign in; reset the password by mail, and what was signed in before is out", async () => {
    const email = `ana-${randomUUID()}@example.com`;
    const [first, second] = [`lantern-${randomUUID()}`, `harbour-${randomUUID()}`];
    const registration = { email, password: first, name: "Ana Silva" };
    const taken = await world.anyone.call(registerUser, { body: registration });
    expect(await world.anyone.refusal(logIn, { body: { email, password: first } })).toMatchObject({
      code: "auth/credentials-wrong",
    });

    const token = await followLink(email, "Confirm your e-mail address");
    const user = await world.anyone.call(verifyEmail, { body: { token } });
    expect(user).toMatchObject({ email, roles: ["customer"], status: "active" });
    const ana = await world.anyone.logIn({ email, password: first });
    expect(await ana.call(getMe)).toEqual(user);

    expect(await world.anyone.call(registerUser, { body: { ...registration, name: "Eve" } })).toEqual(taken);
    await until("word of it", async () =>
      (await world.mails({ to: email })).find(({ subject }) => subject === "You have an account already"),
    );

    await world.anyone.call(requestPasswordReset, { body: { email } });
    const resetToken = await followLink(email, "Set another password");
    await world.anyone.call(resetPassword, { body: { token: resetToken, newPassword: second } });
    const { refreshToken } = ana.tokens;
    expect(await world.anyone.refusal(refreshSession, { body: { refreshToken } })).toMatchObject({
      code: "auth/refresh-token-invalid",
    });
    // Sooner than by its expiry, which is five minutes away.
    await until("the access token to be refused", async () => (await statusOf(ana)) === 401, 5_000);
    expect(await world.anyone.refusal(logIn, { body: { email, password: first } })).toMatchObject({
      code: "auth/credentials-wrong",
    });
    const again = await world.anyone.logIn({ email, password: second });
    expect((await again.call(getMe)).userId).toBe(user.userId);
    await until("word of it", async () =>
      (await world.mails({ to: email })).find(({ subject }) => subject === "Your password was changed"),
    );
  });

  async function statusOf(client: ApiClient): Promise<number> {
    const headers = { authorization: `Bearer ${client.tokens.accessToken}` };
    return (await fetch(new URL("/v1/me", client.gatewayUrl), { headers })).status;
  }
}
