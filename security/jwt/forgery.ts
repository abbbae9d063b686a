/** Tokens as nobody but auth should be able to make them, and the keys an attacker might sign them with. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import type pg from "pg";
import { deriveKey, unseal } from "@holdfast/chassis/sealing";

type Json = Record<string, unknown>;

/** Signs what a JWT signs. */
export type Signer = (input: string) => Buffer;

const edDsa =
  (key: KeyObject): Signer =>
  (input) =>
    sign(null, Buffer.from(input), key);

function encode(part: unknown): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** What an ordinary token says, and every key there is to sign another with. */
export interface Forgery {
  /** An administrator's, as auth issued it. */
  readonly good: string;
  readonly header: Json;
  readonly claims: Json;
  /** Signs with auth's own key: what is refused then is refused for what it says. */
  readonly real: Signer;
  /** The public half of it, which everybody may read. */
  readonly published: {
    readonly pem: string;
    readonly der: Buffer;
    readonly raw: Buffer;
    readonly jwk: Json;
  };
  /** The attacker's key. */
  readonly own: Signer;
  readonly ownJwk: Json;
  readonly rsa: Signer;
  readonly ec: Signer;
}

/** The key auth signs with now, as only auth and this test can open it. */
async function signingKey(sql: pg.Pool, secret: string, kid: unknown): Promise<KeyObject> {
  const { rows } = await sql.query<{ private_key_sealed: Buffer }>(
    "select private_key_sealed from auth.signing_keys where kid = $1",
    [kid],
  );
  const sealed = rows[0]?.private_key_sealed;
  if (sealed === undefined) throw new Error("auth keeps no key of that name");
  const key = unseal(deriveKey(secret, "auth/signing-keys"), sealed, String(kid));
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

function partOf(token: string, at: 0 | 1): Json {
  return JSON.parse(Buffer.from(token.split(".")[at] ?? "", "base64url").toString()) as Json;
}

/** Opens auth's key and makes the attacker's. */
export async function startForging(sql: pg.Pool, secret: string, good: string): Promise<Forgery> {
  const header = partOf(good, 0);
  const key = await signingKey(sql, secret, header["kid"]);
  const publicKey = createPublicKey(key);
  const jwk = publicKey.export({ format: "jwk" }) as Json;
  const own = generateKeyPairSync("ed25519");
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    good,
    header,
    claims: partOf(good, 1),
    real: edDsa(key),
    published: {
      pem: publicKey.export({ format: "pem", type: "spki" }).toString(),
      der: publicKey.export({ format: "der", type: "spki" }),
      raw: Buffer.from(String(jwk["x"]), "base64url"),
      jwk,
    },
    own: edDsa(own.privateKey),
    ownJwk: own.publicKey.export({ format: "jwk" }) as Json,
    rsa: (input) => sign("sha256", Buffer.from(input), rsa.privateKey),
    ec: (input) => sign("sha256", Buffer.from(input), { key: ec.privateKey, dsaEncoding: "ieee-p1363" }),
  };
}

/** Members to set; those that are undefined are left out. */
type Changes = Readonly<Record<string, unknown>>;

/** The ordinary token with its claims or its header changed, and signed. */
export function token(
  { header, claims }: Forgery,
  signer: Signer,
  changed: { readonly header?: Changes; readonly claims?: Changes } = {},
): string {
  return signed({ ...header, ...changed.header }, { ...claims, ...changed.claims }, signer);
}

/** A token of exactly these parts; a text is taken as it is. */
export function signed(header: unknown, claims: unknown, signer: Signer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(input).toString("base64url")}`;
}

export const unsigned: Signer = () => Buffer.alloc(0);

/** HMAC-SHA256 under bytes that everybody knows. */
export const hmac =
  (key: string | Buffer): Signer =>
  (input) =>
    createHmac("sha256", key).update(input).digest();

/** A key id nobody has. */
export const madeUpKid = (): string => randomUUID();

/** The token's three parts. */
export function partsOf(jwt: string): [header: string, payload: string, signature: string] {
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  return [header, payload, signature];
}

/** Now, in seconds since 1970. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
