/** Requests as they are sent, for who tries what no well-behaved client would. */
import { z } from "zod";
import type { Place } from "./place.ts";

/** An answer, read to its end. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The problem's code, where it is a refusal. */
  readonly code: string | undefined;
}

export interface Asked {
  readonly method: string;
  /** Where: the gateway's address or a service's own, with path and query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
}

const answerMs = 30_000;
const problem = z.looseObject({ code: z.string() });

/** Sends it as it stands; redirects are not followed. A stream is left after its head. */
export async function send({ method, url, headers = {}, body }: Asked): Promise<Answered> {
  const isRaw = typeof body === "string";
  const leaving = new AbortController();
  const response = await fetch(url, {
    method: method.toUpperCase(),
    redirect: "manual",
    signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(answerMs)]),
    headers: { ...(body === undefined || isRaw ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  });
  const type = response.headers.get("content-type") ?? "";
  const isStream = type.startsWith("text/event-stream");
  const text = isStream ? "" : await response.text();
  if (isStream) leaving.abort();
  const refused = type.startsWith("application/problem+json")
    ? problem.safeParse(JSON.parse(text)).data
    : undefined;
  return { status: response.status, headers: response.headers, text, code: refused?.code };
}

/** `Authorization: Bearer …` */
export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** A token for a service, by its client credentials. */
export async function serviceToken(place: Place, client: { readonly id: string; readonly secret: string }) {
  const answered = await send({
    method: "post",
    url: `${place.serviceUrls.auth}/v1/oauth/token`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.id,
      client_secret: client.secret,
    }).toString(),
  });
  return z.object({ access_token: z.string() }).parse(JSON.parse(answered.text)).access_token;
}
