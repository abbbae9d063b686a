/** `GET /docs` and `GET /openapi.json`: the API's reference, served whole from here, with no script of anybody else. */
import { readFile } from "node:fs/promises";
import type { Hono } from "hono";
import type { NodeBindings } from "@holdfast/chassis/exchange";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Holdfast API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="reference"><noscript>The same as a document: <a href="/openapi.json">/openapi.json</a></noscript></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;

const startScript = `window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  validatorUrl: null,
});
`;

/** The page's own scripts only; it sets styles in its markup, which is all that is allowed inline. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const assets = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
} as const;

/** An hour: the files change with a new version of the gateway alone. */
const cached = { "cache-control": "public, max-age=3600" };

/** Read at the first request for it, once. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

const openApiJson = once(async () => {
  // Loaded when somebody asks: generating the document takes longer than starting everything else.
  const [{ openApiDocument }, { publicEndpoints }] = await Promise.all([
    import("@holdfast/contracts/publish/openapi"),
    import("@holdfast/contracts/api/all"),
  ]);
  return JSON.stringify(openApiDocument(publicEndpoints));
});

export function mountReference(app: Hono<{ Bindings: NodeBindings }>): void {
  const folder = new URL(".", import.meta.resolve("swagger-ui-dist/package.json"));
  app.get("/openapi.json", async (context) =>
    context.body(await openApiJson(), 200, {
      "content-type": "application/json",
      "cache-control": "no-cache",
    }),
  );
  app.get("/docs", (context) =>
    context.html(page, 200, { "content-security-policy": contentSecurityPolicy }),
  );
  app.get("/docs/start.js", (context) =>
    context.body(startScript, 200, { "content-type": "text/javascript; charset=utf-8", ...cached }),
  );
  for (const [name, type] of Object.entries(assets)) {
    const read = once(() => readFile(new URL(name, folder)));
    app.get(`/docs/${name}`, async (context) =>
      context.body(new Uint8Array(await read()), 200, { "content-type": type, ...cached }),
    );
  }
}
