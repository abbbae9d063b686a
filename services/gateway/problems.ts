/** What the gateway itself refuses, beyond what every service can. */
import { defineProblem } from "@holdfast/chassis/problem";

export const serviceTimedOut = defineProblem("service/timed-out", 504, "The answer did not come in time.");
export const answerLost = defineProblem(
  "service/answer-lost",
  502,
  "The connection to the service broke before it answered; the request may have been carried out.",
);
export const clocksApart = defineProblem(
  "clock/not-moved",
  503,
  "Not every service could move its test clock.",
);
