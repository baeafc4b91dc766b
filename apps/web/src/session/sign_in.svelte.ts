import { ApiError } from "../api/client.ts";
import { session } from "./session.svelte.ts";

/** What somebody types to sign in; the code is asked for once it is known to be needed. */
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
      // Asking is no failure the first time.
      if (!asks || this.needsCode) throw error;
      this.needsCode = true;
    }
  };
}
