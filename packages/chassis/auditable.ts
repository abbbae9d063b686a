/** Which refusals a security team wants to read about. */
import type { Problem } from "./problem.ts";

type Refusal = Pick<Problem, "code" | "status" | "errors">;

/**
 * Mistakes that no client makes which was written for this API: smuggled members, forged cursors, unstorable text,
 * credentials given twice, ways to a token that there are not.
 */
const forged: ReadonlySet<string> = new Set([
  "unrecognized_keys",
  "invalid_cursor",
  "unstorable",
  "repeated",
  "unsupported_grant_type",
]);

function isForged({ errors }: Refusal): boolean {
  return (
    errors?.some(
      ({ code, field }) =>
        code !== undefined && (forged.has(code) || (code === "too_big" && field === "limit")),
    ) ?? false
  );
}

/**
 * Is this refusal noted? Tokens, permissions, limits and sizes always; what a known caller may not see; requests that
 * are not well-formed, and such as nobody sends by mistake. Never what is merely wrong, and never an unknown address.
 */
export function isAuditable(problem: Refusal, hasCaller: boolean): boolean {
  const { status, code } = problem;
  switch (status) {
    case 401:
    case 403:
    case 413:
    case 415:
    case 429:
    case 431:
      return true;
    case 404:
      return hasCaller && code !== "route/not-found";
    case 400:
      return code.startsWith("request/malformed") || code.startsWith("auth/") || isForged(problem);
    case 422:
      return isForged(problem);
    default:
      return false;
  }
}
