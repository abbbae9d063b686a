/** What auth's use cases work with; each names the part it needs. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { Kysely } from "kysely";
import type { Attempts } from "./attempts/attempts.ts";
import type { ServiceClients } from "./clients/service-clients.ts";
import type { AuthTables } from "./database.ts";
import type { GoogleProvider } from "./google/google-provider.ts";
import type { AccessTokenIssuer } from "./keys/access-tokens.ts";
import type { Keyring } from "./keys/keyring.ts";
import type { MailTokens } from "./mails/mail-tokens.ts";
import type { PasswordHasher } from "./passwords/password-hasher.ts";
import type { PersonalDataSource } from "./personal-data/ask-services.ts";
import type { SecondFactorKeys } from "./second-factor/second-factor-keys.ts";

export interface AuthDependencies {
  readonly db: Kysely<AuthTables>;
  readonly transact: Transact<AuthTables>;
  readonly clock: Clock;
  readonly passwords: PasswordHasher;
  readonly accessTokens: AccessTokenIssuer;
  /** What others check access tokens with. */
  readonly jwks: Keyring["jwks"];
  readonly keyring: Pick<Keyring, "list" | "rotate" | "reread">;
  /** With it, what is kept for repetition is not opened by the database and a guessed Idempotency-Key. */
  readonly repetitionSecret: Buffer;
  /** Secret that refresh tokens' successors are derived with. */
  readonly successorSecret: Buffer;
  /** Tokens of links that are sent by mail. */
  readonly mailTokens: MailTokens;
  readonly secondFactorKeys: SecondFactorKeys;
  readonly attempts: Attempts;
  readonly google: GoogleProvider;
  readonly clients: ServiceClients;
  /** What other services keep about a person. */
  readonly personalData: PersonalDataSource;
}
