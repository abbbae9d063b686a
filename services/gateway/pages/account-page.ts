/** `GET /account/…`: where links in mails about an account lead. The link's token stays in the browser until its person presses the button. */
import { createHash } from "node:crypto";
import type { NodeBindings } from "@holdfast/chassis/exchange";
import { confirmEmailChange, resetPassword, verifyEmail } from "@holdfast/contracts/api/accounts";
import type { Hono } from "hono";

interface AccountPage {
  readonly title: string;
  readonly explanation: string;
  /** What is called with the token. */
  readonly endpoint: { readonly path: string };
  readonly button: string;
  readonly done: string;
  readonly asksPassword: boolean;
}

const pages: Readonly<Record<string, AccountPage>> = {
  "verify-email": {
    title: "Confirm your e-mail address",
    explanation: "Your account is made when you confirm that the address is yours.",
    endpoint: verifyEmail,
    button: "Confirm the address",
    done: "Your account is ready. You may sign in.",
    asksPassword: false,
  },
  "reset-password": {
    title: "Set another password",
    explanation: "At least 12 characters, and not easy to guess. You will be signed out everywhere.",
    endpoint: resetPassword,
    button: "Set the password",
    done: "Your password is changed. You may sign in with it.",
    asksPassword: true,
  },
  "confirm-email": {
    title: "Confirm your new e-mail address",
    explanation: "Your account changes to this address when you confirm it.",
    endpoint: confirmEmailChange,
    button: "Change to this address",
    done: "Your address is changed. Sign in with it from now on.",
    asksPassword: false,
  },
};

// A program that looks at links ahead of their reader fetches the page and presses nothing, so no link is used up by it.
const script = `"use strict";
const main = document.querySelector("main");
const form = document.querySelector("form");
const output = document.querySelector("output");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);
if (token === "") output.textContent = "The link is not whole. Open it from the mail once more.";
else form.hidden = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const password = form.querySelector("input");
  button.disabled = true;
  output.textContent = "";
  try {
    const answer = await fetch(main.dataset.path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(password === null ? { token } : { token, newPassword: password.value }),
      credentials: "omit",
      signal: AbortSignal.timeout(20000),
    });
    if (answer.ok) {
      output.textContent = main.dataset.done;
      form.hidden = true;
      return;
    }
    const problem = await answer.json();
    output.textContent = problem.detail ?? problem.title;
  } catch {
    output.textContent = "There was no answer. Try again.";
  }
  button.disabled = false;
});
`;

const style = `body { font-family: sans-serif; line-height: 1.5; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }
input, button { font: inherit; padding: 0.4rem 0.8rem }
input { display: block; width: 100%; box-sizing: border-box; margin-bottom: 1rem }
`;

/** As Content-Security-Policy names what may stand in the page itself. */
function sourceOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const headers = {
  "content-security-policy": [
    "default-src 'none'",
    `script-src ${sourceOf(script)}`,
    `style-src ${sourceOf(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cache-control": "no-store",
};

function render({ title, explanation, endpoint, button, done, asksPassword }: AccountPage): string {
  const password = `<label>New password <input type="password" autocomplete="new-password" minlength="12" maxlength="256" required></label>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
<main data-path="${endpoint.path}" data-done="${done}">
<h1>${title}</h1>
<p>${explanation}</p>
<form hidden>
${asksPassword ? password : ""}
<button>${button}</button>
</form>
<p><output></output></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script>${script}</script>
</html>
`;
}

export function mountAccountPages(app: Hono<{ Bindings: NodeBindings }>): void {
  for (const [name, page] of Object.entries(pages)) {
    const html = render(page);
    app.get(`/account/${name}`, (context) => context.html(html, 200, headers));
  }
}
