/** A browser's part of a sign-in with Google, step by step, so that an attacker can change any of them. */
import { endGoogleSignIn } from "@holdfast/contracts/api/google";
import { type Answered, send } from "../requests.ts";

/** A sign-in that a browser has begun. */
export interface Begun {
  /** Where the provider was to be asked. */
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  /** What ties it to the browser. */
  readonly cookie: string;
}

/** Asks the gateway to sign in with Google. */
export async function begin(gatewayUrl: string): Promise<Begun> {
  const { headers } = await send({
    method: "get",
    url: `${gatewayUrl}/v1/sessions/google?returnTo=%2Faccount`,
  });
  const url = new URL(headers.get("location") ?? "");
  const cookie = headers.getSetCookie().map((each) => each.split(";", 1)[0] ?? "");
  return {
    url,
    state: url.searchParams.get("state") ?? "",
    nonce: url.searchParams.get("nonce") ?? "",
    cookie: cookie.join("; "),
  };
}

/** Comes back with that query, as the provider would have sent the browser. */
export function comeBack(
  gatewayUrl: string,
  query: Readonly<Record<string, string>> | string,
  cookie: string | undefined,
): Promise<Answered> {
  const search = typeof query === "string" ? query : `?${new URLSearchParams(query).toString()}`;
  return send({
    method: "get",
    url: `${gatewayUrl}${endGoogleSignIn.path}${search}`,
    headers: cookie === undefined ? {} : { cookie },
  });
}
