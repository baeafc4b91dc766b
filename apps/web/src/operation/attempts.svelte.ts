import { explain } from "../i18n/explain.ts";

/** What a page asks the server for: whether it is busy, and why the last attempt failed. */
export class Attempts {
  busy = $state(false);
  problem = $state("");

  /** Does what the user asked for, and is busy meanwhile. */
  async run(action: () => Promise<void>): Promise<void> {
    this.busy = true;
    await this.runQuietly(action);
    this.busy = false;
  }

  /** Does what the page does by itself, so that no button waits for it. */
  async runQuietly(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.problem = "";
    } catch (error) {
      this.problem = explain(error);
    }
  }
}
