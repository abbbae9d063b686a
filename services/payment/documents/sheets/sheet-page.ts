/** A sheet as one page: to be read, printed and kept. It needs nothing from elsewhere, and runs nothing. */
import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Row, Sheet, Total } from "./sheet.ts";

const style = `
:root { color-scheme: light }
body { margin: 0; background: #eef0f3; color: #1f2933;
  font: 15px/1.5 system-ui, "Noto Sans", "Segoe UI", Roboto, sans-serif }
main { box-sizing: border-box; max-width: 50rem; margin: 2rem auto; padding: 3.5rem; background: #fff;
  border-top: 4px solid #1f4e79; box-shadow: 0 1px 4px rgb(0 0 0 / 15%) }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 1rem 2rem; margin-bottom: 2.5rem }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; font-weight: 600; color: #1f4e79 }
.number { margin: 0.25rem 0 0; font-size: 1.05rem; letter-spacing: 0.02em; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: auto auto; align-content: start; gap: 0.15rem 1.25rem; margin: 0.4rem 0 0 }
dt { color: #5f6c7b }
dd { margin: 0; text-align: right; overflow-wrap: anywhere }
.blocks { display: grid; grid-template-columns: 34fr 24fr 42fr; gap: 2rem; margin-bottom: 2.5rem }
h2 { margin: 0 0 0.35rem; font-size: 0.75rem; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase;
  color: #5f6c7b }
.blocks p { margin: 0; overflow-wrap: anywhere }
.blocks h2 + p { font-weight: 600 }
table { width: 100%; border-collapse: collapse }
th { padding: 0.5rem 0.75rem 0.5rem 0; border-bottom: 2px solid #1f4e79; text-align: left; font-size: 0.8rem;
  font-weight: 600; color: #5f6c7b }
td { padding: 0.6rem 0.75rem 0.6rem 0; border-bottom: 1px solid #d9dee4; vertical-align: top;
  overflow-wrap: anywhere }
small { display: block; color: #5f6c7b }
:is(th, td):last-child { padding-right: 0 }
.right { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal }
.totals { width: auto; min-width: 50%; margin: 1rem 0 0 auto }
.totals td { border: 0; padding-top: 0.3rem; padding-bottom: 0.3rem }
.sum td { border-top: 2px solid #1f4e79; font-size: 1.15rem; font-weight: 600 }
.aside td { font-size: 0.9rem; color: #5f6c7b }
.notes { margin: 2.5rem 0 0; color: #5f6c7b }
@media (max-width: 40rem) {
  main { margin: 0; padding: 1.5rem }
  .blocks { grid-template-columns: 1fr; gap: 1.25rem }
}
@media print {
  @page { margin: 18mm }
  body { background: none; font-size: 11pt }
  main { max-width: none; margin: 0; padding: 0; border: 0; box-shadow: none }
  tr, .totals { break-inside: avoid }
}
`;

/** The gateway lets styles of a page's own apply; the page lets these alone, also where it was saved to. */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`;

/** Whole: what stands between its ends is what the policy names. */
const styles = raw(`<style>${style}</style>`);

const sideOf = (align: "left" | "right") => (align === "right" ? "right" : "left");

function rowOf({ cells, details }: Row, { columns }: Sheet) {
  return html`<tr>
    ${cells.map(
      (cell, index) =>
        html`<td class="${sideOf(columns[index]?.align ?? "left")}">
          ${cell}${index === 0 ? details.map((detail) => html`<small>${detail}</small>`) : ""}
        </td>`,
    )}
  </tr>`;
}

function totalRow({ label, amount, weight }: Total) {
  return html`<tr class="${weight}">
    <td>${label}</td>
    <td class="right">${amount}</td>
  </tr>`;
}

function rowsOf(sheet: Sheet) {
  if (sheet.rows.length > 0) return sheet.rows.map((row) => rowOf(row, sheet));
  return html`<tr>
    <td colspan="${sheet.columns.length}">${sheet.empty}</td>
  </tr>`;
}

/** The page; every text in it is escaped. */
export async function sheetPage(sheet: Sheet): Promise<string> {
  const { title, number, facts, blocks, columns, totals, notes } = sheet;
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width" />
        <title>${number === null ? title : `${title} ${number}`}</title>
        ${styles}
      </head>
      <body>
        <main>
          <header>
            <div>
              <h1>${title}</h1>
              ${number === null ? "" : html`<p class="number">${number}</p>`}
            </div>
            <dl>
              ${facts.map(
                ([label, value]) =>
                  html`<dt>${label}</dt>
                    <dd>${value}</dd>`,
              )}
            </dl>
          </header>
          <section class="blocks">
            ${blocks.map(
              ({ label, lines }) =>
                html`<div>
                  <h2>${label}</h2>
                  ${lines.map((line) => html`<p>${line}</p>`)}
                </div>`,
            )}
          </section>
          <table>
            <thead>
              <tr>
                ${columns.map(({ label, align }) => html`<th scope="col" class="${sideOf(align)}">${label}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rowsOf(sheet)}
            </tbody>
          </table>
          <table class="totals">
            <tbody>
              ${totals.map(totalRow)}
            </tbody>
          </table>
          ${notes.length === 0 ? "" : html`<p class="notes">${notes.join(" ")}</p>`}
        </main>
      </body>
    </html> `;
  return page.toString();
}
