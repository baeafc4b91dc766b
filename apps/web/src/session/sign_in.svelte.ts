import { ApiError } from "../api/client.ts";
import { session } from "./session.svelte.ts";

/** What the user types to sign in; the code is requested only once the server has asked for it. */
export class SignInAttempt {
  email = $state("");
  password = $state("");
  code = $state("");
  needsCode = $state(false);

  send = async (): Promise<void> => {
    try {
      await session.signIn(this.email, this.password, this.code.trim());
      [this.password, this.code, this.needsCode] = ["", "", false];
    } catch (error) {
      const asks = error instanceof ApiError && error.code === "second_factor_required";
      // The first time, a missing code is not an error.
      if (!asks || this.needsCode) throw error;
      this.needsCode = true;
    }
  };
}
