/** Text that means something to one reader or another, and the mails it may end in. */
import { z } from "zod";
import type { Place } from "../place.ts";

/** To a database, a browser, a template, a spreadsheet, a file system and a shell; and the order of its letters. */
export const evil = [
  "'; drop table auth.users; --",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
  "=cmd|' /C calc'!A0",
  "../../../../etc/passwd",
  "$(reboot) `reboot` | reboot",
  "\u202egnirts",
].join(" ");

const inboxPage = z.object({
  messages: z.array(z.object({ subject: z.string(), text: z.string(), html: z.string().nullable() })),
});

/** What arrived at that address. */
export async function mailsTo({ mailUrl }: Place, address: string) {
  const inbox = await fetch(`${mailUrl}/messages?to=${encodeURIComponent(address)}`);
  return inboxPage.parse(await inbox.json()).messages;
}
