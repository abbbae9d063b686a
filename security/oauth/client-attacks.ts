/** Attacks on the endpoint that gives services their tokens (RFC 6749, section 4.4). */
import { issueServiceToken } from "@holdfast/contracts/api/auth";
import type { Attack } from "../attack.ts";
import { type Answered, send } from "../requests.ts";
import type { SignInGround } from "./sign-in-attacks.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

const form = { "content-type": "application/x-www-form-urlencoded" };

/** Sent through the gateway and straight to auth. */
function ask(
  { world, gatewayUrl }: SignInGround,
  fields: Pairs,
  { method = "post", headers = {}, query = "" }: { method?: string; headers?: object; query?: string } = {},
): Promise<Answered[]> {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
  return Promise.all(
    [gatewayUrl, world.place.serviceUrls.auth].map((origin) =>
      send({
        method,
        url: `${origin}${issueServiceToken.path}${query}`,
        headers: { ...form, ...headers },
        ...(method === "post" ? { body } : {}),
      }),
    ),
  );
}

const grant = ["grant_type", "client_credentials"] as const;
const id = ["client_id", "notification"] as const;
const secretOf = ({ world }: SignInGround) => world.place.secrets.notificationClientSecret;
const secret = (ground: SignInGround) => ["client_secret", secretOf(ground)] as const;
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

const audited = () => ({ action: issueServiceToken.name, actor: null, service: "auth" });
const unknown = { refusal: [401, "auth/client-invalid"], audited } as const;
const invalid = { refusal: [400, "request/invalid"], audited } as const;

const wrongClients: Attack<SignInGround>[] = [
  {
    ...unknown,
    title: "a wrong secret",
    send: (ground) => ask(ground, [grant, id, ["client_secret", "x".repeat(43)]]),
  },
  { ...unknown, title: "no secret", send: (ground) => ask(ground, [grant, id]) },
  { ...unknown, title: "an empty secret", send: (ground) => ask(ground, [grant, id, ["client_secret", ""]]) },
  {
    ...unknown,
    title: "the secret of another service",
    send: (ground) => ask(ground, [grant, ["client_id", "gateway"], secret(ground)]),
  },
  {
    ...unknown,
    title: "a service that there is not",
    send: (ground) => ask(ground, [grant, ["client_id", "__proto__"], secret(ground)]),
  },
  {
    ...unknown,
    title: "auth's own name",
    send: (ground) => ask(ground, [grant, ["client_id", "auth"], ["client_secret", ""]]),
  },
  {
    ...unknown,
    title: "a wrong secret by Basic",
    send: (ground) => ask(ground, [grant], { headers: basic("notification", "x".repeat(43)) }),
  },
  {
    ...unknown,
    title: "credentials in the query",
    send: (ground) =>
      ask(ground, [grant], { query: `?client_id=notification&client_secret=${secretOf(ground)}` }),
  },
];

const otherGrants = [
  "password",
  "authorization_code",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:jwt-bearer",
];

const wrongRequests: Attack<SignInGround>[] = [
  ...otherGrants.map((name): Attack<SignInGround> => ({
    ...invalid,
    title: `the grant type ${name}`,
    send: (ground) => ask(ground, [["grant_type", name], id, secret(ground)]),
  })),
  {
    ...invalid,
    title: "the client's id twice",
    send: (ground) => ask(ground, [grant, id, ["client_id", "gateway"], secret(ground)]),
  },
  {
    ...invalid,
    title: "the secret twice, one of them right",
    send: (ground) => ask(ground, [grant, id, ["client_secret", "guess"], secret(ground)]),
  },
  {
    ...invalid,
    title: "Basic of one client and the form of another",
    send: (ground) =>
      ask(ground, [grant, ["client_id", "gateway"], ["client_secret", "guess"]], {
        headers: basic("notification", secretOf(ground)),
      }),
  },
  {
    title: "the form as JSON",
    send: (ground) => ask(ground, [grant], { headers: { "content-type": "application/json" } }),
    refusal: [415, "request/unsupported-media-type"],
    audited,
  },
  {
    title: "a GET, which would leave the secret in logs",
    send: (ground) =>
      ask(ground, [], {
        method: "get",
        query: `?grant_type=client_credentials&client_id=notification&client_secret=${secretOf(ground)}`,
      }),
    refusal: [405, "route/method-not-allowed"],
    audited: { not: "an address that does not take the method is refused unread" },
  },
];

export const clientAttacks: readonly Attack<SignInGround>[] = [...wrongClients, ...wrongRequests];
