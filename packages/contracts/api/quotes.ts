/** Reading a quote again; quotes are made with the endpoints of bookings. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { quoteView } from "./booking.ts";

export const getQuote = defineEndpoint({
  name: "getQuote",
  service: "booking",
  method: "get",
  path: "/v1/quotes/{quoteId}",
  summary: "One of the caller's quotes, line by line as it was made",
  description: "One that has expired is kept for another day, and can no longer be booked by.",
  access: "booking:read:own",
  params: z.object({ quoteId: id("qte") }),
  answers: { status: 200, description: "The quote", body: quoteView },
  problems: ["booking/quote-not-found"],
});
