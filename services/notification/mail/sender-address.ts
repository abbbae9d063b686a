/** A sender as configured. */
export interface Sender {
  /** Empty where only an address was given. */
  readonly name: string;
  readonly address: string;
}

const addressAlone = /^[^\s<>@",;]+@[^\s<>@",;]+$/;
const nameAndAddress = /^"?([^"<>\r\n]*?)"?\s*<([^<>]+)>$/;

/** Reads `Name <address>` or an address alone; null where it is neither. */
export function parseSender(text: string): Sender | null {
  const trimmed = text.trim();
  const [, name = "", address = trimmed] = nameAndAddress.exec(trimmed) ?? [];
  return addressAlone.test(address) ? { name: name.trim(), address } : null;
}

/** The part after the @. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}
