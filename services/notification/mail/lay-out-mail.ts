/** Lays a mail's content out as plain text and as simple HTML. */
import { html } from "hono/html";
import type { MailContent } from "./templates.ts";

/** What the layout adds to the content. */
export interface Addressed {
  readonly content: MailContent;
  /** How the person is called. */
  readonly name: string;
  /** Where guests look after their bookings. */
  readonly publicUrl: string | undefined;
}

/** One line, whatever the text was: a title with a line break must not look like two facts. */
function line(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}

/** One line that fits a header. */
export function subjectOf({ subject }: MailContent): string {
  return line(subject);
}

/** The mail as plain text. */
export function layOutText({ content, name, publicUrl }: Addressed): string {
  const widest = Math.max(...content.facts.map(([label]) => label.length));
  return [
    `Hello ${line(name)},`,
    "",
    `${content.heading}.`,
    "",
    ...content.facts.map(([label, value]) => `${`${label}:`.padEnd(widest + 2)}${line(value)}`),
    ...(content.facts.length === 0 ? [] : [""]),
    ...content.paragraphs,
    ...(content.action === undefined ? [] : ["", `${content.action.label}: ${content.action.url}`]),
    ...(publicUrl === undefined ? [] : ["", `Your bookings: ${publicUrl}`]),
    "",
  ].join("\n");
}

/** The mail as HTML; every value is escaped. */
export async function layOutHtml({ content, name, publicUrl }: Addressed): Promise<string> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${content.heading}</title>
      </head>
      <body style="font-family:sans-serif;line-height:1.5;color:#222;max-width:36rem">
        <p>Hello ${line(name)},</p>
        <h1 style="font-size:1.25rem">${content.heading}</h1>
        <table role="presentation" cellpadding="4">
          ${content.facts.map(
            ([label, value]) =>
              html`<tr>
                <th align="left" valign="top">${label}</th>
                <td>${line(value)}</td>
              </tr> `,
          )}
        </table>
        ${content.paragraphs.map((paragraph) => html`<p>${paragraph}</p> `)}${
          content.action === undefined
            ? ""
            : html`<p><a href="${content.action.url}">${content.action.label}</a></p> `
        }${publicUrl === undefined ? "" : html`<p><a href="${publicUrl}">Your bookings</a></p> `}
      </body>
    </html> `;
  return page.toString();
}
