/** Attacks on sessions: their tokens and cookies, second factors, proofs that are too old. */
import { describeAttacks } from "./attack.ts";
import { browserAttacks } from "./session/browser-attacks.ts";
import { enterSessionGround } from "./session/ground.ts";
import { proofAttacks } from "./session/proof-attacks.ts";
import { tokenAttacks } from "./session/token-attacks.ts";

describeAttacks({
  family: "a session that is not one's own",
  atLeast: 45,
  enter: enterSessionGround,
  attacks: [...tokenAttacks, ...browserAttacks, ...proofAttacks],
});
