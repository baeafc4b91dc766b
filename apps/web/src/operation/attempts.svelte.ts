import { explain } from "../i18n/explain.ts";

/** Tracks a page's requests: whether one is in progress, and why the last one failed. */
export class Attempts {
  busy = $state(false);
  problem = $state("");

  /** Runs an action of the user, and is busy meanwhile. */
  async run(action: () => Promise<void>): Promise<void> {
    this.busy = true;
    await this.runQuietly(action);
    this.busy = false;
  }

  /** Runs an action of the page itself, which no button waits for. */
  async runQuietly(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.problem = "";
    } catch (error) {
      this.problem = explain(error);
    }
  }
}
