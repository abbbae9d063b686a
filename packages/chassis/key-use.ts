/**
 * What of a request its answer is kept under, so that the same request finds it again.
 *
 * Where a secret is in the request or the answer, the database is told neither: the key is stored as a hash, and the
 * answer sealed under a key made of the client's own and of the whole request. So it is with callers nobody knows, too:
 * their key is stored as a hash of itself and the request, and with another body it is another's key.
 */
import { createHmac, hash } from "node:crypto";
import type { Call, ServedEndpoint } from "./endpoint.ts";
import { deriveKey } from "./sealing.ts";

/** Who sent which key with what. */
export interface KeyUse {
  /** A user's or service's id, or `anonymous`. */
  readonly caller: string;
  /** The key itself; where the answer is sealed, what only whoever knows the key can make of it. */
  readonly key: string;
  /** What tells one request from another. */
  readonly hash: string;
  /** What the answer is sealed under; absent where it is kept as it is. */
  readonly sealingKey?: Buffer;
}

/** Of a call, what its key is about. */
export interface KeyedCall extends Pick<Call, "caller" | "idempotencyKey"> {
  readonly endpoint: Pick<ServedEndpoint, "name" | "access" | "sealedAnswer">;
  readonly params: unknown;
  readonly query?: unknown;
  readonly body: unknown;
}

const nobody = "anonymous";

/** What makes two requests the same one; parts must be parsed by a schema, so that members come in one order. */
export function requestHash(...parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts), "base64url");
}

/**
 * The use a call makes of its key; null when it sent none.
 * @param secret of the service's own, where it has one: everything is sealed then, and not even a guessable key opens it
 * for who has the database alone
 */
export function keyUseOf(call: KeyedCall, secret?: Buffer): KeyUse | null {
  const { endpoint, params, query, body, idempotencyKey } = call;
  if (idempotencyKey === null) return null;
  // Whoever is signed in where nobody needs to be may be so no longer when they repeat it.
  const caller = endpoint.access === "public" ? nobody : (call.caller?.userId ?? nobody);
  const parts = [endpoint.name, params ?? null, body ?? null, ...(query === undefined ? [] : [query])];
  const isSealed = endpoint.sealedAnswer === true || caller === nobody || secret !== undefined;
  if (!isSealed) return { caller, key: idempotencyKey, hash: requestHash(...parts) };
  return sealedUse(caller, deriveKey(idempotencyKey, "idempotency-key", secret), JSON.stringify(parts));
}

/** Each member says nothing of the others, and none anything of the request, to who does not know the key. */
function sealedUse(caller: string, root: Buffer, request: string): KeyUse {
  const digest = createHmac("sha256", root).update(request).digest();
  const text = (purpose: string, salt?: Buffer) => deriveKey(root, purpose, salt).toString("base64url");
  return {
    caller,
    key: caller === nobody ? text("idempotency-key-of-request", digest) : text("idempotency-key-of-caller"),
    hash: text("idempotent-request", digest),
    sealingKey: deriveKey(root, "idempotent-answer", digest),
  };
}
