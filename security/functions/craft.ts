/** Requests whose target and method are written as they stand. */
import { request } from "node:http";
import type { Answered } from "../requests.ts";

export interface Crafted {
  readonly method: string;
  readonly origin: string;
  /** Sent as it is written here. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a target that no URL parser has made tidy, by a method of one's own. */
export function craft({ method, origin, target, headers }: Crafted): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const { hostname, port } = new URL(origin);
  const outgoing = request(
    { hostname, port, method, path: target, headers, signal: AbortSignal.timeout(10_000) },
    (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => {
        // An answer to HEAD says only that it would be one.
        const isProblem =
          text !== "" && incoming.headers["content-type"]?.startsWith("application/problem") === true;
        const code = isProblem ? (JSON.parse(text) as { code?: string }).code : undefined;
        resolve({ status: incoming.statusCode ?? 0, headers: new Headers(), text, code });
      });
    },
  );
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}
