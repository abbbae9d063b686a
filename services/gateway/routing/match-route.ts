/**
 * Finds the route of a request target, byte by byte as it was sent: nothing is normalised, so what the gateway decided
 * about is exactly what the service gets. An address that another reader could take for a different one has no route.
 */
import assert from "node:assert";

/** What a route needs to be found by. */
interface Addressed {
  readonly method: string;
  readonly path: string;
}

export type RouteMatch<Route> =
  | { readonly kind: "route"; readonly route: Route; readonly allow: string }
  | { readonly kind: "method-not-allowed"; readonly allow: string }
  | { readonly kind: "not-found" };

export interface RouteMatcher<Route> {
  /** `path` is the request target up to its query. HEAD takes the route of GET. */
  match(method: string, path: string): RouteMatch<Route>;
}

interface Address<Route> {
  readonly byMethod: Map<string, Route>;
  allow: string;
}

interface Node<Route> {
  readonly literals: Map<string, Node<Route>>;
  parameter: Node<Route> | undefined;
  address: Address<Route> | undefined;
}

/** Longer paths belong to no route. */
const longestPath = 1_024;

const plain = /^[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*$/;
const encoded = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/;

/** Characters that, once decoded, could end a segment, start another, or be decoded again. */
// oxlint-disable-next-line no-control-regex
const dangerous = /[/\\%?#\u0000-\u001f\u007f]/;

/** Can this segment stand for a parameter, and be read in one way only? */
export function isParameterValue(segment: string): boolean {
  if (plain.test(segment)) return true;
  if (!encoded.test(segment)) return false;
  try {
    const value = decodeURIComponent(segment);
    return value !== "." && value !== ".." && !dangerous.test(value);
  } catch {
    return false;
  }
}

const emptyNode = <Route>(): Node<Route> => ({
  literals: new Map(),
  parameter: undefined,
  address: undefined,
});

function addRoute<Route extends Addressed>(root: Node<Route>, route: Route): void {
  let node = root;
  for (const segment of route.path.split("/").slice(1)) {
    assert(segment !== "", `${route.path} has an empty segment`);
    if (segment.startsWith("{")) node = node.parameter ??= emptyNode<Route>();
    else {
      const next = node.literals.get(segment) ?? emptyNode<Route>();
      node.literals.set(segment, next);
      node = next;
    }
  }
  node.address ??= { byMethod: new Map(), allow: "" };
  assert(!node.address.byMethod.has(route.method), `${route.method} ${route.path} is there twice`);
  node.address.byMethod.set(route.method, route);
  const methods = [...node.address.byMethod.keys()];
  node.address.allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
}

/** Literal segments win over parameters; where a literal leads nowhere, the parameter is tried. */
function find<Route>(node: Node<Route>, segments: readonly string[], at: number): Address<Route> | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.address;
  const literal = node.literals.get(segment);
  const found = literal === undefined ? undefined : find(literal, segments, at + 1);
  if (found !== undefined || node.parameter === undefined || !isParameterValue(segment)) return found;
  return find(node.parameter, segments, at + 1);
}

/** A matcher over a table of routes; a route that is there twice is a programmer error. */
export function createRouteMatcher<Route extends Addressed>(routes: readonly Route[]): RouteMatcher<Route> {
  const root = emptyNode<Route>();
  for (const route of routes) addRoute(root, route);
  // Most calls go to an address without parameters, which one look-up finds.
  const literal = new Map<string, Address<Route>>();
  for (const { path } of routes) {
    const address = path.includes("{") ? undefined : find(root, path.split("/").slice(1), 0);
    if (address !== undefined) literal.set(path, address);
  }
  return {
    match: (method, path) => {
      if (path.length > longestPath || !path.startsWith("/")) return { kind: "not-found" };
      const address = literal.get(path) ?? find(root, path.split("/").slice(1), 0);
      if (address === undefined) return { kind: "not-found" };
      const route = address.byMethod.get(method === "HEAD" ? "GET" : method);
      if (route === undefined) return { kind: "method-not-allowed", allow: address.allow };
      return { kind: "route", route, allow: address.allow };
    },
  };
}
