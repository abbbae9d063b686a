/** Attacks on sign-in with Google, by browsers and by the provider, and on the endpoint that services get tokens from. */
import { describeAttacks } from "./attack.ts";
import { clientAttacks } from "./oauth/client-attacks.ts";
import { enterHostileGround, hostileAttacks } from "./oauth/hostile-attacks.ts";
import { enterSignInGround, signInAttacks } from "./oauth/sign-in-attacks.ts";

describeAttacks({
  family: "sign-in with Google",
  atLeast: 40,
  enter: enterSignInGround,
  attacks: [...signInAttacks, ...clientAttacks],
});

describeAttacks({
  family: "a hostile provider",
  atLeast: 20,
  enter: enterHostileGround,
  attacks: hostileAttacks,
});
