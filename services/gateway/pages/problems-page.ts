/** `GET /problems`: the documented refusals, with an anchor at each code, where a problem's `type` points. */
import { readFile } from "node:fs/promises";
import type { Hono } from "hono";
import type { NodeBindings } from "@holdfast/chassis/exchange";

const source = new URL("../../../docs/problems.md", import.meta.url);

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** The Markdown as it is, its codes made into targets: the first line that begins with a code is where it is explained. */
export function renderProblems(markdown: string): string {
  const seen = new Set<string>();
  const lines = markdown.split("\n").map((line) => {
    const code = /^(?:#+\s*|\|\s*|[-*]\s*)`?([a-z][a-z0-9-]*\/[a-z][a-z0-9-]*)\b/.exec(line)?.[1];
    const text = escapeHtml(line);
    if (code === undefined || seen.has(code)) return text;
    seen.add(code);
    return `<span id="${code}">${text}</span>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Problems</title>
<style>pre { white-space: pre-wrap; max-width: 60rem } :target { background: #ff9 }</style>
<pre>${lines.join("\n")}</pre>
</html>
`;
}

export function mountProblems(app: Hono<{ Bindings: NodeBindings }>): void {
  let page: string | undefined;
  app.get("/problems", async (context) => {
    page ??= renderProblems(
      await readFile(source, "utf8").catch(() => "There is no page of problems in this installation."),
    );
    return context.html(page, 200, {
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    });
  });
}
