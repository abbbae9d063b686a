import { once } from "node:events";
import { z } from "zod";
import { warnUnreadable } from "../state/warn-unreadable.ts";
import { startMailInbox } from "./mail-inbox.ts";

const port = z.coerce.number().int().min(0).max(65_535).default(0);
const { SMTP_PORT, HTTP_PORT, STATE_FILE } = z
  .object({ SMTP_PORT: port, HTTP_PORT: port, STATE_FILE: z.string().min(1).optional() })
  .parse(process.env);

await using inbox = await startMailInbox({
  smtpPort: SMTP_PORT,
  httpPort: HTTP_PORT,
  stateFile: STATE_FILE,
  onUnreadable: warnUnreadable,
});
console.log(`Mail: ${inbox.smtpUrl}, read at ${inbox.httpUrl}`);
await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
