/** What mails about an account say: pure, from what auth answers when a ticket is opened. */
import assert from "node:assert";
import type { AccountMail } from "@holdfast/contracts/events/auth";
import type { OpenedTicket } from "../contacts/ticket-source.ts";
import type { Fact } from "./common-facts.ts";
import type { MailContent } from "./templates.ts";

interface Wording {
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Where its link leads, below `/account/`, and what that does. */
  readonly link?: { readonly page: string; readonly label: string };
}

const notYou =
  "If this was not you, reset your password at once: that signs everybody out. Nobody can do so without your mailbox.";
const ignore = "If you did not ask for this, you need not do anything: without the link nothing happens.";

const wordings: Readonly<Record<AccountMail, Wording>> = {
  "verify-email": {
    subject: "Confirm your e-mail address",
    heading: "Welcome to Holdfast",
    paragraphs: [
      "One step is left: confirm that this address is yours. The link works for a day, once.",
      ignore,
    ],
    link: { page: "verify-email", label: "Confirm the address" },
  },
  "account-exists": {
    subject: "You have an account already",
    heading: "There is an account with this address",
    paragraphs: [
      "Somebody, perhaps you, wanted to use this address for an account. It has one, so nothing was changed.",
      "If it was you, sign in; if you do not know your password any more, ask for a link to reset it.",
    ],
  },
  "reset-password": {
    subject: "Set another password",
    heading: "Somebody asked for another password for your account",
    paragraphs: [
      "The link works for one hour, once. Setting another password signs you out everywhere.",
      ignore,
    ],
    link: { page: "reset-password", label: "Set another password" },
  },
  "confirm-new-email": {
    subject: "Confirm your new e-mail address",
    heading: "This address is to be your account's",
    paragraphs: ["It changes when you follow the link, which works for a day, once.", ignore],
    link: { page: "confirm-email", label: "Change to this address" },
  },
  "email-changed": {
    subject: "Your e-mail address was changed",
    heading: "Your account has another e-mail address now",
    paragraphs: [
      "Mails about it go to the new address from now on; this is the last one here.",
      "If this was not you, write to us at once: whoever did it knew your password and could read the new mailbox.",
    ],
  },
  "password-changed": {
    subject: "Your password was changed",
    heading: "Your account has another password now",
    paragraphs: [notYou],
  },
  "session-stolen": {
    subject: "We signed you out for safety",
    heading: "One of your sessions was ended",
    paragraphs: [
      "Something that was used to stay signed in was used a second time, as it is when somebody has a copy. Nobody can use either any more; sign in again.",
      notYou,
    ],
  },
  "new-device": {
    subject: "A new sign-in",
    heading: "Somebody signed in to your account from a new device or place",
    paragraphs: [notYou],
  },
  "second-factor-on": {
    subject: "A second factor was turned on",
    heading: "Signing in needs a code from your authenticator app now",
    paragraphs: ["Keep your recovery codes where you find them without your phone.", notYou],
  },
  "second-factor-off": {
    subject: "The second factor was turned off",
    heading: "Signing in needs no code any more",
    paragraphs: [notYou],
  },
  "identity-linked": {
    subject: "Another way to sign in",
    heading: "An outside account signs in to yours now",
    paragraphs: [notYou],
  },
  "api-key-created": {
    subject: "A new API key",
    heading: "An API key was made for your account",
    paragraphs: ["Whoever has it may do what it allows in your name.", notYou],
  },
  "account-suspended": {
    subject: "Your account is suspended",
    heading: "Your account is suspended",
    paragraphs: ["You are signed out everywhere and cannot sign in until it is reinstated."],
  },
  "account-reinstated": {
    subject: "Your account is active again",
    heading: "Your account is active again",
    paragraphs: ["You may sign in as before."],
  },
  "account-closed": {
    subject: "Your account is closed",
    heading: "Your account is closed",
    paragraphs: [
      "What we kept of you is being erased. Amounts, times and numbers of bookings stay in the books, without your name. This is the last mail.",
    ],
  },
};

/** What auth may tell beside; what is not among them is not shown. */
const labels: Readonly<Record<string, string>> = {
  device: "Device",
  network: "Network",
  country: "Country",
  provider: "With",
  name: "Name",
  reason: "Reason",
};

/** Throws where this version does not know the mail. Without a public address a link becomes the token alone. */
export function accountContent(ticket: OpenedTicket, publicUrl: string | undefined): MailContent {
  assert(Object.hasOwn(wordings, ticket.mail), `this version knows no mail ${ticket.mail}`);
  const { link, ...wording } = wordings[ticket.mail as AccountMail];
  const facts = Object.entries(labels).flatMap(([name, label]): Fact[] => {
    const value = Object.hasOwn(ticket.facts, name) ? ticket.facts[name] : "";
    return value === undefined || value === "" ? [] : [[label, value]];
  });
  if (link === undefined) return { ...wording, facts, calendar: null };
  assert(ticket.token !== null, `${ticket.mail} carries a link`);
  if (publicUrl === undefined)
    return { ...wording, facts: [...facts, ["Code", ticket.token]], calendar: null };
  const page = new URL(`account/${link.page}`, publicUrl.endsWith("/") ? publicUrl : `${publicUrl}/`);
  // Behind the #, which no browser sends to any server and no server can log.
  page.hash = `token=${ticket.token}`;
  return { ...wording, facts, calendar: null, action: { label: link.label, url: page.href } };
}
