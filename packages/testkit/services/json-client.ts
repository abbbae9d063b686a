/** A client for tests: sends JSON to a service and reads what comes back, whatever it is. */

export type JsonAnswer = {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; null where there is none. */
  readonly body: unknown;
};

export type JsonRequest = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Sends `POST /v1/things` and the like; rejects only when no answer came within ten seconds. */
export type JsonClient = (
  request: `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`,
  parts?: JsonRequest,
) => Promise<JsonAnswer>;

const answerDeadlineMs = 10_000;

export function jsonClient(baseUrl: string): JsonClient {
  return async (request, { body, headers } = {}) => {
    const [method, path] = request.split(" ") as [string, string];
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(answerDeadlineMs),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? null : JSON.parse(text),
    };
  };
}
