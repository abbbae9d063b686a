import type { Problem } from "@holdfast/chassis/problem";
import { clientInvalid } from "../problems.ts";

/** The client is not one we know: our refusal, in RFC 6749's words too (section 5.2). */
export function clientRefused(): Problem {
  return clientInvalid(undefined, {
    extra: { error: "invalid_client" },
    headers: { "www-authenticate": 'Basic realm="holdfast"' },
  });
}
