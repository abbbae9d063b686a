/** Attacks on proving who one is again: sensitive endpoints with an old proof, and second factors that are not one's own. */
import { allEndpoints } from "@holdfast/contracts/api/all";
import { passSecondFactor, stepUp } from "@holdfast/contracts/api/sessions";
import type { Attack, Audited } from "../attack.ts";
import { type Answered, bearer, send } from "../requests.ts";
import { challengeOf } from "./accounts.ts";
import type { SessionGround } from "./ground.ts";

const sensitive = allEndpoints.filter((endpoint) => endpoint.stepUp === true);

/** Every one of them, at the gateway and straight at its service, by somebody who may and who proved it long ago. */
const unproved: Attack<SessionGround>[] = sensitive.map(({ name, method, path, service }) => ({
  title: `${name} with a proof of ten minutes ago`,
  send: ({ world, victim, staleToken }) => {
    const { gatewayUrl, serviceUrls } = world.place;
    const filled = path
      .replace("{userId}", victim.userId)
      .replace("{keyId}", "key_01jd0000000000000000000000");
    return Promise.all(
      [gatewayUrl, serviceUrls[service]].map((origin) =>
        send({
          method,
          url: `${origin}${filled}`,
          headers: bearer(staleToken.token),
          ...(method === "get" ? {} : { body: {} }),
        }),
      ),
    );
  },
  refusal: [401, "auth/step-up-needed"],
  audited: ({ staleToken: { account } }): Audited[] =>
    ["gateway", service].map((each) => ({ action: name, actor: account.userId, service: each, times: 1 })),
}));

const wrongProofs: Attack<SessionGround>[] = [
  {
    title: "a step-up with the password of another account",
    send: ({ world, staleToken, attacker }) =>
      send({
        method: "post",
        url: `${world.place.gatewayUrl}${stepUp.path}`,
        headers: bearer(staleToken.token),
        body: { password: attacker.password },
      }),
    refusal: [401, "auth/credentials-wrong"],
    audited: ({ staleToken: { account } }) => ({
      action: stepUp.name,
      actor: account.userId,
      service: "auth",
    }),
  },
  {
    title: "a step-up with the password alone where there is a second factor",
    send: ({ world, guarded: { account } }) =>
      send({
        method: "post",
        url: `${world.place.gatewayUrl}${stepUp.path}`,
        headers: bearer(account.client.tokens.accessToken),
        body: { password: account.password },
      }),
    refusal: [401, "auth/second-factor-needed"],
    audited: ({ guarded: { account } }) => ({ action: stepUp.name, actor: account.userId, service: "auth" }),
  },
  {
    title: "a step-up with a code of the attacker's own app",
    send: ({ world, guarded: { account }, attackersGuarded }) =>
      send({
        method: "post",
        url: `${world.place.gatewayUrl}${stepUp.path}`,
        headers: bearer(account.client.tokens.accessToken),
        body: { code: attackersGuarded.code() },
      }),
    refusal: [401, "auth/code-wrong"],
    audited: ({ guarded: { account } }) => ({ action: stepUp.name, actor: account.userId, service: "auth" }),
  },
];

function pass({ world }: SessionGround, challenge: string, code: string): Promise<Answered> {
  return send({
    method: "post",
    url: `${world.place.gatewayUrl}${passSecondFactor.path}`,
    body: { challenge, code },
  });
}

/** Where tries that are left are written, and challenges that begin. */
const writes = ["auth.sign_in_challenges"];
const codeWrong = {
  refusal: [401, "auth/code-wrong"],
  audited: () => ({ action: passSecondFactor.name, actor: null, service: "auth" }),
  writes,
} as const;
const challengeInvalid = { ...codeWrong, refusal: [401, "auth/challenge-invalid"] } as const;

const challengeTries = 5;
let exhausted = "";

const factors: Attack<SessionGround>[] = [
  {
    ...codeWrong,
    title: "a code that was used, for another sign-in",
    send: async (ground) =>
      pass(ground, await challengeOf(ground.world, ground.usedUp.account), ground.usedUp.usedCode),
  },
  {
    ...codeWrong,
    title: "a recovery code that was used",
    send: async (ground) =>
      pass(
        ground,
        await challengeOf(ground.world, ground.usedUp.account),
        ground.usedUp.recoveryCodes[0] ?? "",
      ),
  },
  {
    ...codeWrong,
    title: "a code of the attacker's own app, for the victim's sign-in",
    send: async (ground) =>
      pass(ground, await challengeOf(ground.world, ground.guarded.account), ground.attackersGuarded.code()),
  },
  {
    ...codeWrong,
    title: "a recovery code of the attacker's own, for the victim's sign-in",
    send: async (ground) =>
      pass(
        ground,
        await challengeOf(ground.world, ground.guarded.account),
        ground.attackersGuarded.recoveryCodes[1] ?? "",
      ),
  },
  {
    ...codeWrong,
    title: "a code of the victim's, for the attacker's own sign-in",
    send: async (ground) =>
      pass(ground, await challengeOf(ground.world, ground.attackersGuarded.account), ground.guarded.code()),
  },
  {
    ...challengeInvalid,
    title: "a challenge that was passed before",
    send: (ground) => pass(ground, ground.usedUp.usedChallenge, ground.usedUp.recoveryCodes[1] ?? ""),
  },
  {
    ...challengeInvalid,
    title: "a challenge whose end was changed",
    send: async (ground) => {
      const challenge = await challengeOf(ground.world, ground.guarded.account);
      return pass(ground, `${challenge.slice(0, -2)}AA`, ground.guarded.code());
    },
  },
  {
    ...codeWrong,
    title: "codes guessed until the challenge is used up",
    send: async (ground) => {
      exhausted = await challengeOf(ground.world, ground.guarded.account);
      const answers: Answered[] = [];
      for (let guess = 0; guess < challengeTries; guess += 1) {
        const code = ground.attackersGuarded.recoveryCodes[2 + guess] ?? "";
        answers.push(await pass(ground, exhausted, code));
      }
      return answers;
    },
  },
  {
    ...challengeInvalid,
    title: "the right code after those guesses",
    send: (ground) => pass(ground, exhausted, ground.guarded.code()),
  },
  {
    title: "a challenge in the place of a token",
    send: async ({ world, guarded: { account } }) =>
      send({
        method: "patch",
        url: `${world.place.gatewayUrl}/v1/me`,
        headers: bearer(await challengeOf(world, account)),
        body: { name: "Taken Over" },
      }),
    refusal: [401, "auth/token-invalid"],
    audited: () => ({ action: "changeProfile", actor: null, service: "gateway" }),
    writes,
  },
];

export const proofAttacks: readonly Attack<SessionGround>[] = [...unproved, ...wrongProofs, ...factors];
