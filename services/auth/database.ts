/** Auth's tables. Instants are RFC 3339 strings in UTC, of machine time where not said otherwise. */
import type { AuditReport } from "@holdfast/contracts/api/audit";
import type { ChassisTables } from "@holdfast/chassis/database";
import type { Role, Scope } from "@holdfast/contracts/access";
import type { AccountMail, AccountStatus } from "@holdfast/contracts/events/auth";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Generated } from "kysely";

export interface AuthTables extends ChassisTables {
  users: UserTable;
  registrations: RegistrationTable;
  mail_tickets: MailTicketTable;
  identities: IdentityTable;
  oauth_attempts: OAuthAttemptTable;
  second_factors: SecondFactorTable;
  recovery_codes: RecoveryCodeTable;
  sign_in_challenges: SignInChallengeTable;
  sessions: SessionTable;
  refresh_tokens: RefreshTokenTable;
  revocations: RevocationTable;
  signing_keys: SigningKeyTable;
  api_keys: ApiKeyTable;
  vendor_members: VendorMemberTable;
  audit_log: AuditLogTable;
}

export interface UserTable {
  id: Id<"usr">;
  /** Lower case, verified; null once erased. */
  email: string | null;
  name: string;
  roles: Role[];
  /** PHC string of argon2id; null where the account signs in through a provider alone. */
  password_hash: string | null;
  /** Business time. */
  created_at: string;
  status: Generated<AccountStatus>;
  status_changed_at: string | null;
  /** Tokens issued before are refused. */
  tokens_from: string | null;
  version: Generated<number>;
  has_signed_in: Generated<boolean>;
  erased_at: string | null;
}

/** Somebody who registered and has not followed the link yet; its id is no typed one, for nobody ever sees it. */
export interface RegistrationTable {
  id: string;
  email: string;
  name: string;
  role: "customer" | "vendor";
  password_hash: string;
  expires_at: string;
}

export interface MailTicketTable {
  id: Id<"tkt">;
  mail: AccountMail;
  user_id: Id<"usr"> | null;
  registration_id: string | null;
  /** Where it goes, where that is not the account's address. */
  email: string | null;
  facts: Generated<Record<string, string>>;
  created_at: string;
  expires_at: string | null;
  used_at: string | null;
}

export interface IdentityTable {
  provider: "google";
  subject: string;
  user_id: Id<"usr">;
  linked_at: string;
}

export interface OAuthAttemptTable {
  /** SHA-256 of `state`. */
  state_hash: Buffer;
  provider: "google";
  /** SHA-256 of the secret in the browser's cookie. */
  browser_hash: Buffer;
  nonce: string;
  code_verifier: string;
  return_to: string;
  expires_at: string;
}

export interface SecondFactorTable {
  user_id: Id<"usr">;
  /** See the chassis' sealing.ts. */
  secret_sealed: Buffer;
  confirmed_at: string | null;
  /** The last time step whose code was taken. */
  last_step: Generated<number>;
}

export interface RecoveryCodeTable {
  user_id: Id<"usr">;
  /** See second-factor/recovery-codes.ts. */
  hash: Buffer;
  used_at: string | null;
}

export interface SignInChallengeTable {
  id: Id<"chl">;
  user_id: Id<"usr">;
  method: SignInMethod;
  tries_left: number;
  expires_at: string;
}

export type SignInMethod = "password" | "google";

/** A session is a family of refresh tokens: each is made by using the one before. */
export interface SessionTable {
  id: Id<"ses">;
  user_id: Id<"usr">;
  created_at: string;
  /** Absolute end, however often it is refreshed. */
  expires_at: string;
  /** End when nobody refreshes it. */
  idle_expires_at: string;
  ended_at: string | null;
  method: Generated<SignInMethod>;
  device: Generated<string>;
  network: Generated<string>;
  country: string | null;
  last_used_at: string | null;
  /** When its owner last proved who they are. */
  authenticated_at: string | null;
  /** Null where its tokens are not in cookies. */
  csrf_token: string | null;
  /** False once its refresh tokens are deleted. */
  has_tokens: Generated<boolean>;
}

export interface RefreshTokenTable {
  /** SHA-256 of the token. */
  hash: Buffer;
  session_id: Id<"ses">;
  used_at: string | null;
  /** What the successor was derived with; erased when the successor can no longer be asked for again. */
  successor_salt: Buffer | null;
}

export interface RevocationTable {
  id: Id<"ses"> | Id<"usr"> | Id<"key">;
  kind: "session" | "user" | "key";
  revoked_at: string;
}

export interface SigningKeyTable {
  kid: string;
  public_jwk: unknown;
  /** The private half as PKCS 8, sealed; see the chassis' sealing.ts. */
  private_key_sealed: Buffer;
  created_at: string;
  signs_from: string;
  /** When the last token it signed has died; null until the next key is made. */
  published_until: string | null;
}

export interface ApiKeyTable {
  id: Id<"key">;
  user_id: Id<"usr">;
  name: string;
  prefix: string;
  /** SHA-256 of the key. */
  hash: Buffer;
  scopes: Scope[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  previous_hash: Buffer | null;
  previous_works_until: string | null;
}

export interface VendorMemberTable {
  vendor_id: Id<"vnd">;
  user_id: Id<"usr">;
  /** Null for who was removed. */
  role: MemberRole | null;
  /** The vendor's, when it was so. */
  version: number;
}

/** Append-only by a trigger. */
export interface AuditLogTable {
  id: Id<"aud">;
  at: string;
  kind: AuditReport["kind"];
  service: AuditReport["service"];
  action: string;
  outcome: string;
  actor: string | null;
  session_id: string | null;
  key_id: string | null;
  targets: string[];
  network: string | null;
  request_id: string | null;
  times: number;
}
