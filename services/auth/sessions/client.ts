/** What is known of the program and the place a call comes from: enough for its owner to tell their sessions apart. */
import { networkOf } from "@holdfast/chassis/network";
import { parse } from "bowser";

export interface Client {
  /** `Firefox on Linux`; empty where the program did not name itself so that it is known. */
  readonly device: string;
  /** `203.0.113.0/24`; empty where it is not known. */
  readonly network: string;
  /** ISO 3166, where the proxy in front of the gateway tells it. */
  readonly country: string | null;
}

/** Longer names of programs are looked at no further: the parser's patterns are many. */
const longestUserAgent = 400;

/** Names that programs are known by. A made-up one may be anything, and ends up in mails and on pages. */
const plainName = /^[A-Za-z][\w .+-]{0,39}$/;

const countryShape = /^[A-Z]{2}$/;

/** From the headers as the gateway wrote them; whoever reaches auth past it can say what they like. */
export function readClient(headers: (name: string) => string | undefined): Client {
  const country = headers("x-client-country");
  return {
    device: deviceOf(headers("user-agent")),
    network: networkOf(headers("x-forwarded-for") ?? "") ?? "",
    country: country !== undefined && countryShape.test(country) ? country : null,
  };
}

function deviceOf(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === "") return "";
  const { browser, os } = parse(userAgent.slice(0, longestUserAgent));
  const [program, system] = [browser.name ?? "", os.name ?? ""].map((name) =>
    plainName.test(name) ? name : "",
  );
  return [program, system].filter((name) => name !== "").join(" on ");
}
