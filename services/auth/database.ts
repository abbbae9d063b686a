/** Auth's tables. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { Role } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";

export interface AuthTables extends ChassisTables {
  users: UserTable;
  sessions: SessionTable;
  refresh_tokens: RefreshTokenTable;
  signing_keys: SigningKeyTable;
}

export interface UserTable {
  id: Id<"usr">;
  /** Lower case. */
  email: string;
  name: string;
  roles: Role[];
  /** PHC string of argon2id. */
  password_hash: string;
  created_at: string;
}

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
}

export interface RefreshTokenTable {
  /** SHA-256 of the token. */
  hash: Buffer;
  session_id: Id<"ses">;
  used_at: string | null;
  /** What the successor was derived with; erased when the successor can no longer be asked for again. */
  successor_salt: Buffer | null;
}

export interface SigningKeyTable {
  kid: string;
  public_jwk: unknown;
  /** The private half as PKCS 8, sealed; see keys/sealing.ts. */
  private_key_sealed: Buffer;
  created_at: string;
}
