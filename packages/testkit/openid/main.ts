import { once } from "node:events";
import { z } from "zod";
import { startOpenidProvider } from "./openid-provider.ts";

const environment = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(0),
    OPENID_CLIENT_ID: z.string().min(1),
    OPENID_CLIENT_SECRET: z.string().min(1),
    OPENID_REDIRECT_URIS: z.string().transform((list) => list.split(",").map((uri) => uri.trim())),
  })
  .parse(process.env);

await using provider = await startOpenidProvider({
  port: environment.PORT,
  clientId: environment.OPENID_CLIENT_ID,
  clientSecret: environment.OPENID_CLIENT_SECRET,
  redirectUris: environment.OPENID_REDIRECT_URIS,
  accounts: [
    { sub: "openid-ada", email: "ada@example.com", emailVerified: true, name: "Ada Lovelace" },
    { sub: "openid-grace", email: "grace@example.com", emailVerified: true, name: "Grace Hopper" },
    { sub: "openid-unverified", email: "unverified@example.com", emailVerified: false, name: "Not Verified" },
  ],
});
// Its library warns whoever might run it in production, which a stand-in is not.
console.log("Any warnings above are meant for production: what this stand-in knows is to go with it.");
console.log(`OpenID provider: ${provider.issuer}`);
await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
