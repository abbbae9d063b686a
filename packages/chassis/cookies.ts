/** Cookies that an answer sets, and the ones a request brought (RFC 6265). */
import assert from "node:assert";

/** A cookie to set. It is always HttpOnly and Secure: no script reads it, and it never travels in the clear. */
export interface SetCookie {
  readonly name: string;
  /** Letters, digits and what RFC 6265 allows beside them: no space, comma, semicolon or quote. */
  readonly value: string;
  readonly path: string;
  /** 0 makes the browser forget it. */
  readonly maxAgeSeconds: number;
  readonly sameSite: "Lax" | "Strict";
}

const namePattern = /^[\w!#$%&'*+.^`|~-]+$/;
const valuePattern = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const pathPattern = /^\/[\x21-\x3a\x3c-\x7e]*$/;

/** The value of a Set-Cookie header. */
export function setCookieHeader({ name, value, path, maxAgeSeconds, sameSite }: SetCookie): string {
  assert(namePattern.test(name) && valuePattern.test(value) && pathPattern.test(path), `cookie ${name}`);
  assert(Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 0, `cookie ${name}: ${maxAgeSeconds} seconds`);
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=${sameSite}`;
}

/**
 * The value of a request's cookie. Undefined where there is none, and where there are several of that name: which of
 * them the browser meant, only whoever planted the others knows.
 */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
