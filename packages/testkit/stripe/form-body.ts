/** A decoded form: nested by its brackets, without a prototype, so no key can reach one. */
export interface Form {
  [key: string]: FormValue;
}

export type FormValue = string | Form;

const maximumPairs = 1000;
const maximumDepth = 6;

/** The body or query cannot be read as a form. */
export class MalformedForm extends Error {
  override readonly name = "MalformedForm";
}

export function emptyForm(): Form {
  return Object.create(null) as Form;
}

/**
 * Reads `application/x-www-form-urlencoded` with bracketed keys (`metadata[booking_id]=…`, `a[0]=…`, `a[]=…`).
 * Arrays become objects keyed by index; the last of repeated scalars wins.
 *
 * @throws MalformedForm on bad percent-encoding, on a key that is both a value and a group, and past the bounds
 */
export function parseForm(body: string): Form {
  const form = emptyForm();
  let start = 0;
  let pairs = 0;
  while (start < body.length) {
    const ampersand = body.indexOf("&", start);
    const end = ampersand === -1 ? body.length : ampersand;
    if (end > start) {
      pairs += 1;
      if (pairs > maximumPairs) throw new MalformedForm("Too many parameters.");
      const equals = body.indexOf("=", start);
      const keyEnd = equals === -1 || equals > end ? end : equals;
      place(form, decode(body.slice(start, keyEnd)), decode(body.slice(keyEnd + 1, end)));
    }
    start = end + 1;
  }
  return form;
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new MalformedForm("Invalid percent-encoding.");
  }
}

function place(form: Form, key: string, value: string): void {
  const bracket = key.indexOf("[");
  if (bracket <= 0) {
    assign(form, key, value);
    return;
  }
  const path = [key.slice(0, bracket), ...innerKeys(key, bracket)];
  let node = form;
  for (const step of path.slice(0, -1)) node = descend(node, step, key);
  const last = path.at(-1) ?? "";
  assign(node, last === "" ? nextIndex(node) : last, value);
}

function innerKeys(key: string, bracket: number): string[] {
  const keys: string[] = [];
  let open = bracket;
  while (open < key.length) {
    const close = key.indexOf("]", open);
    if (key[open] !== "[" || close === -1) throw new MalformedForm(`Invalid parameter name: ${key}`);
    keys.push(key.slice(open + 1, close));
    if (keys.length > maximumDepth) throw new MalformedForm(`Parameter nested too deeply: ${key}`);
    open = close + 1;
  }
  return keys;
}

function descend(node: Form, step: string, key: string): Form {
  const name = step === "" ? nextIndex(node) : step;
  const present = node[name];
  if (typeof present === "string") throw new MalformedForm(`Invalid parameter: ${key}`);
  if (present !== undefined) return present;
  const child = emptyForm();
  node[name] = child;
  return child;
}

function assign(node: Form, name: string, value: string): void {
  if (typeof node[name] === "object") throw new MalformedForm(`Invalid parameter: ${name}`);
  node[name] = value;
}

function nextIndex(node: Form): string {
  return String(Object.keys(node).length);
}
