/** `GET /`: what is to be found here. */
import type { Hono } from "hono";
import type { NodeBindings } from "@holdfast/chassis/exchange";

const links = [
  ["/docs", "The API, to read and to try"],
  ["/openapi.json", "The API as an OpenAPI 3.1 document"],
  ["/problems", "Every refusal: its code, its cause, and what to do"],
  ["/.well-known/jwks.json", "The keys that access tokens are signed with"],
  ["/readyz", "Whether this gateway is ready"],
  ["/metrics", "Its metrics"],
] as const;

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Holdfast</title>
<h1>Holdfast</h1>
<p>Book anything that can be reserved.</p>
<ul>
${links.map(([path, text]) => `<li><a href="${path}">${path}</a>: ${text}</li>`).join("\n")}
</ul>
</html>
`;

export function mountIndex(app: Hono<{ Bindings: NodeBindings }>): void {
  app.get("/", (context) =>
    context.html(page, 200, {
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    }),
  );
}
