/** Ways of writing an address that somebody might take for another. */

export const notFound = [404, "route/not-found"] as const;
export const forbidden = [403, "auth/forbidden"] as const;

/** A service that reads an address as the real one says so by name; the gateway never does. */
export const spellings: readonly [
  what: string,
  write: (path: string) => string,
  atService: readonly [status: number, code: string],
][] = [
  ["a slash at its end", (path) => `${path}/`, notFound],
  ["a second slash before it", (path) => `/${path}`, notFound],
  ["a second slash inside", (path) => path.replace(/(?<=.)\//, "//"), notFound],
  ["capital letters", (path) => path.replace(/^\/\w+/, (top) => top.toUpperCase()), notFound],
  ["a semicolon behind its first segment", (path) => path.replace(/^\/(\w+)/, "/$1;x=y"), notFound],
  ["an encoded slash", (path) => path.replace(/(?<=.)\//, "%2f"), notFound],
  ["an encoded letter", (path) => path.replace(/^\/v/, "/%76").replace(/^\/i/, "/%69"), forbidden],
  ["a way up whose slash is encoded", (path) => `/v1/resources/..%2f..${path}`, notFound],
  ["a way up", (path) => `/v1/resources/../..${path}`, forbidden],
  ["a way up whose dots are encoded", (path) => `/v1/resources/%2e%2e/%2e%2e${path}`, forbidden],
  ["a dot segment", (path) => `/.${path}`, forbidden],
  ["a backslash", (path) => `/\\${path.slice(1)}`, [400, "request/malformed"]],
  ["full-width letters", (path) => path.replace(/^\/./, "/%EF%BD%96"), notFound],
];
