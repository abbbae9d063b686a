import { html } from "hono/html";
import type { MailCount } from "./mailbox.ts";
import type { ReadableMail } from "./read-mail.ts";

type Html = ReturnType<typeof html>;

/** The newest mails with a link to each; `to` is the address the list is narrowed to, or empty. */
export function inboxPage(mails: ReadableMail[], { received, distinct }: MailCount, to: string): Html {
  return page(
    "Inbox",
    html`<p>${countLine(received, distinct)} Nothing leaves this machine.</p>
      <form>
        <input name="to" type="email" value="${to}" placeholder="Recipient" aria-label="Recipient" />
        <button>Show</button>
      </form>
      <table>
        <thead>
          <tr>
            <th>Received (UTC)</th>
            <th>To</th>
            <th>Subject</th>
            <th>Attached</th>
          </tr>
        </thead>
        <tbody>
          ${mails.map(
            ({ id, receivedAt, to: recipient, subject, attachments }) =>
              html`<tr>
                <td>${shownTime(receivedAt)}</td>
                <td><a href="/?to=${encodeURIComponent(recipient)}">${recipient}</a></td>
                <td><a href="/mails/${id}">${subject || "(no subject)"}</a></td>
                <td>${attachments.length || ""}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${mails.length > 0 ? "" : html`<p>No mail${to === "" ? " yet" : ` to ${to}`}.</p>`}`,
  );
}

function countLine(received: number, distinct: number): string {
  const messages = distinct === 1 ? "1 message" : `${distinct} messages`;
  return received === distinct ? `${messages}.` : `${messages}, delivered ${received} times in all.`;
}

function shownTime(receivedAt: string): string {
  return receivedAt.slice(0, 19).replace("T", " ");
}

/** One mail: its HTML in a frame that runs no script, its text, its attachments. */
export function mailPage(mail: ReadableMail): Html {
  return page(
    mail.subject || "(no subject)",
    html`<p><a href="/">Inbox</a></p>
      <p>From ${mail.from}<br />To ${mail.to}<br />Received ${shownTime(mail.receivedAt)} UTC</p>
      <ul>
        ${mail.attachments.map(
          ({ filename, contentType, size }, index) =>
            html`<li>
              <a href="/messages/${mail.id}/attachments/${index}">${filename ?? "attachment"}</a>
              ${contentType}, ${size} bytes
            </li>`,
        )}
        <li><a href="/messages/${mail.id}/raw">The message as sent</a></li>
      </ul>
      ${
        mail.html === null
          ? ""
          : html`<iframe
              title="Message"
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              srcdoc="${`<base target="_blank">${mail.html}`}"
            ></iframe>`
      }
      ${
        mail.html === null
          ? html`<pre>${mail.text}</pre>`
          : html`<details>
              <summary>As plain text</summary>
              <pre>${mail.text}</pre>
            </details>`
      }`,
  );
}

function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 60rem;
            margin: 2rem auto;
            padding: 0 1rem;
          }
          table {
            width: 100%;
            border-collapse: collapse;
            margin-top: 1rem;
          }
          th,
          td {
            text-align: left;
            padding: 0.4rem 0.5rem;
            border-bottom: 1px solid #8885;
            vertical-align: top;
          }
          iframe {
            width: 100%;
            height: 30rem;
            border: 1px solid #8885;
            background: #fff;
            color-scheme: light;
          }
          pre {
            white-space: pre-wrap;
            overflow-wrap: anywhere;
          }
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`;
}
