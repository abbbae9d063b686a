import { Hono } from "hono";
import { z } from "zod";
import { inboxPage, mailPage } from "./inbox-pages.ts";
import type { Mailbox, StoredMail } from "./mailbox.ts";
import { readAttachment, readMail, readSubject } from "./read-mail.ts";
import { mailSwitches, type MailSwitches } from "./switches.ts";

const query = z.object({
  to: z.string().toLowerCase().optional(),
  subject: z.string().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  duplicates: z.stringbool().default(false),
});

type Query = z.infer<typeof query>;

/**
 * The inbox over HTTP. `to` is a whole address, `subject` a part of the decoded subject; neither minds case. What is
 * wrong with a request is answered 400 with zod's sentence, what is gone 404.
 */
export function inboxRoutes(mailbox: Mailbox, switches: { current: MailSwitches }): Hono {
  const routes = new Hono();

  function found(id: string): StoredMail | undefined {
    return /^\d{1,15}$/.test(id) ? mailbox.find(Number(id)) : undefined;
  }

  routes.onError((error, context) =>
    error instanceof z.ZodError || error instanceof SyntaxError
      ? context.json({ error: error instanceof z.ZodError ? z.prettifyError(error) : "Not JSON." }, 400)
      : context.json({ error: error.message }, 500),
  );

  routes.get("/", async (context) => {
    const wanted = query.parse(context.req.query());
    return context.html(inboxPage(await list(mailbox, wanted), mailbox.count(), wanted.to ?? ""));
  });
  routes.get("/mails/:id", async (context) => {
    const mail = found(context.req.param("id"));
    return mail === undefined ? context.notFound() : context.html(mailPage(await readMail(mail)));
  });

  routes.get("/count", (context) => context.json(mailbox.count()));
  routes.get("/messages", async (context) => {
    return context.json({ messages: await list(mailbox, query.parse(context.req.query())) });
  });
  routes.delete("/messages", (context) => {
    mailbox.clear();
    return context.body(null, 204);
  });
  routes.get("/messages/:id", async (context) => {
    const mail = found(context.req.param("id"));
    return mail === undefined ? context.notFound() : context.json(await readMail(mail));
  });
  routes.get("/messages/:id/raw", (context) => {
    const mail = found(context.req.param("id"));
    if (mail === undefined) return context.notFound();
    return context.body(new Uint8Array(mail.raw), 200, {
      "content-type": "text/plain; charset=utf-8",
      ...asItIs,
    });
  });
  routes.get("/messages/:id/attachments/:index", async (context) => {
    const mail = found(context.req.param("id"));
    const attachment = mail && (await readAttachment(mail, Number(context.req.param("index"))));
    if (attachment === undefined) return context.notFound();
    const filename = encodeURIComponent(attachment.filename ?? "attachment");
    return context.body(new Uint8Array(attachment.content), 200, {
      "content-type": attachment.contentType,
      "content-disposition": `attachment; filename*=UTF-8''${filename}`,
      ...asItIs,
    });
  });

  routes.get("/switches", (context) => context.json(switches.current));
  routes.put("/switches", async (context) => {
    switches.current = mailSwitches.parse(await context.req.json());
    return context.json(switches.current);
  });
  return routes;
}

const asItIs = { "x-content-type-options": "nosniff" };

async function list(mailbox: Mailbox, { to, subject, limit, duplicates }: Query) {
  const mails: StoredMail[] = [];
  for (const mail of mailbox.newestFirst(duplicates)) {
    if (to !== undefined && mail.to !== to) continue;
    if (subject !== undefined && !(await readSubject(mail)).toLowerCase().includes(subject)) continue;
    if (mails.push(mail) === limit) break;
  }
  return Promise.all(mails.map(readMail));
}
