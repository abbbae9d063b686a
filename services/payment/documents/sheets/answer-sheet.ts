/** A document in the format that whoever asks likes best. */
import { type Answer, answer, answerAs } from "@holdfast/chassis/endpoint";
import { type DocumentFormat, documentFormats } from "@holdfast/contracts/api/documents";
import { parseAccept } from "hono/utils/accept";
import type { Sheet } from "./sheet.ts";
import { sheetPage } from "./sheet-page.ts";
import { sheetPdf } from "./sheet-pdf.ts";

const types = {
  json: "application/json",
  html: "text/html",
  pdf: "application/pdf",
} as const satisfies Record<DocumentFormat, string>;

/** How much a format is liked: by its own name, else by its family's, else by anything's; 0 where it is not at all. */
function likingOf(format: DocumentFormat, accepted: ReturnType<typeof parseAccept>): number {
  const [family] = types[format].split("/");
  for (const name of [types[format], `${family}/*`, "*/*"]) {
    const found = accepted.find(({ type }) => type.toLowerCase() === name);
    if (found !== undefined) return found.q;
  }
  return 0;
}

/**
 * What `format` says; else what `Accept` likes best (RFC 9110, 12.5.1), the earlier of `documentFormats` where it likes
 * several as well; JSON where it likes none, or is not there.
 */
export function chooseFormat(format: DocumentFormat | undefined, accept: string | undefined): DocumentFormat {
  if (format !== undefined) return format;
  if (accept === undefined) return "json";
  const accepted = parseAccept(accept);
  const liked = documentFormats.map((each) => ({ each, q: likingOf(each, accepted) }));
  return liked.reduce((best, one) => (one.q > best.q ? one : best)).each;
}

/** What is answered: the view as JSON, or its sheet. */
export async function answerSheet<View>(
  view: View,
  sheet: () => Sheet,
  asked: { readonly format: DocumentFormat | undefined; readonly accept: string | undefined },
): Promise<Answer<View>> {
  const headers = { "cache-control": "no-store", vary: "accept" };
  switch (chooseFormat(asked.format, asked.accept)) {
    case "json":
      return answer(view, { headers });
    case "html":
      return answerAs({ type: "text/html; charset=utf-8", data: await sheetPage(sheet()) }, { headers });
    case "pdf": {
      const made = sheet();
      const disposition = `attachment; filename="${made.fileName}.pdf"`;
      return answerAs(
        { type: types.pdf, data: await sheetPdf(made) },
        { headers: { ...headers, "content-disposition": disposition } },
      );
    }
  }
}
