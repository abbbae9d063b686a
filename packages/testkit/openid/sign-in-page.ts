import type { IncomingMessage, ServerResponse } from "node:http";
import { html } from "hono/html";
import type Provider from "oidc-provider";
import type { OpenidAccount } from "./openid-provider.ts";

const prefix = "/sign-in/";
const maxFormBytes = 4_096;

/** Path of the page where a visitor chooses an account for one authorization request. */
export function signInPath(interactionId: string): string {
  return `${prefix}${interactionId}`;
}

/** Whether a request's target belongs to the sign-in page and not to the protocol. */
export function isSignInPath(target: string): boolean {
  return target.startsWith(prefix);
}

/**
 * GET shows the accounts as buttons; POST with `account=<sub>` signs in, with `cancel=1` sends the client
 * `access_denied`. The redirect back to the protocol is a 303, so a plain HTTP client can follow it.
 *
 * @throws when the authorization request is unknown, expired, or belongs to another browser.
 */
export async function answerSignIn(
  provider: Provider,
  accounts: OpenidAccount[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interaction = await provider.interactionDetails(request, response);
  if (request.method !== "POST") {
    const page = await signInPage(accounts, signInPath(interaction.uid), interaction.params["login_hint"]);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(String(page));
    return;
  }
  const form = await readForm(request);
  if (form.has("cancel")) {
    await provider.interactionFinished(request, response, { error: "access_denied" });
    return;
  }
  const account = accounts.find(({ sub }) => sub === form.get("account"));
  if (account === undefined) throw new Error("No such account.");
  await provider.interactionFinished(request, response, { login: { accountId: account.sub } });
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxFormBytes) throw new Error("The form is too large.");
    chunks.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function signInPage(accounts: OpenidAccount[], action: string, loginHint: unknown) {
  const hintedFirst = accounts.toSorted(
    (a, b) => Number(b.email === loginHint) - Number(a.email === loginHint),
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Choose an account</title>
        <style>
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 24rem;
            margin: 4rem auto;
            padding: 0 1rem;
          }
          button {
            display: block;
            width: 100%;
            margin: 0.5rem 0;
            padding: 0.75rem;
            font: inherit;
            text-align: left;
          }
        </style>
      </head>
      <body>
        <h1>Choose an account</h1>
        <p>A stand-in for Google, for development. No password is asked.</p>
        <form method="post" action="${action}">
          ${hintedFirst.map(
            ({ sub, name, email }) =>
              html`<button name="account" value="${sub}"><strong>${name}</strong><br />${email}</button>`,
          )}
          <button name="cancel" value="1">Cancel</button>
        </form>
      </body>
    </html>`;
}
