import { answered, api, ApiError, publicApi, type User } from "../api/client.ts";
import { Backoff, pause } from "../live/backoff.ts";
import { whenEnded } from "./ended.ts";
import { keepFresh, noteRenewal } from "./renewal.ts";

/** In milliseconds. Tokens last 10 to 15 minutes. */
const FRESH = 5 * 60_000;
const KNOWN_HERE = "tracklift.signed-in";
const AT_PROVIDER = "tracklift.at-provider";
const CHANNEL = "tracklift-session";

/** Who is signed in. */
class CurrentSession {
  state = $state<"unknown" | "signed-out" | "signed-in" | "unreachable">("unknown");
  user = $state<User>();
  /** Why the server could not be asked, if the state is "unreachable". */
  problem = $state.raw<ApiError>();
  /** Whether the session has expired: the page stays as it is, and a dialog asks for the password. */
  lost = $state(false);
  /** Whether another page of this browser has signed out. */
  leftElsewhere = $state(false);
  #waiting = new Set<() => void>();
  #channel = new BroadcastChannel(CHANNEL);
  #trying = false;

  constructor() {
    whenEnded(() => {
      if (this.state === "signed-in") this.lost = true;
    });
    // Another page of this browser has signed in or out.
    this.#channel.onmessage = () => {
      const was = this.state;
      void this.load().then(() => (this.leftElsewhere = was === "signed-in" && this.state === "signed-out"));
    };
  }

  /** Whether anyone was signed in with this browser before. */
  get knownHere(): boolean {
    return localStorage.getItem(KNOWN_HERE) !== null;
  }

  async load(): Promise<void> {
    if (!this.knownHere && this.state === "unknown") {
      // Most likely a visitor, who need not wait for an answer to see the page. A user who comes back from a provider
      // may be signed in although this browser has no note of it.
      if (sessionStorage.getItem(AT_PROVIDER) === null) this.state = "signed-out";
      sessionStorage.removeItem(AT_PROVIDER);
      const { data } = await publicApi.GET("/v1/me").catch(() => ({ data: undefined }));
      // The user may have signed up meanwhile.
      if (data || this.state === "unknown") this.#set(data);
      return;
    }
    try {
      this.#set(await answered(api.GET("/v1/me")));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401) this.#set(undefined);
      else if (this.state === "unknown" || this.state === "unreachable") {
        this.state = "unreachable";
        this.problem = error;
        void this.#tryAgain();
      }
    }
  }

  /** Retries with a growing delay until there is an answer. */
  async #tryAgain(): Promise<void> {
    if (this.#trying) return;
    this.#trying = true;
    const backoff = new Backoff();
    const { signal } = new AbortController();
    while (this.state === "unreachable") {
      await pause(Math.max(backoff.next(), (this.problem?.retryAfter ?? 0) * 1000), signal);
      await this.load();
    }
    this.#trying = false;
  }

  /** Notes that the user leaves for a provider to sign in there. */
  leaveForProvider(): void {
    sessionStorage.setItem(AT_PROVIDER, "1");
  }

  /** `code` is that of the second factor. Throws `ApiError`, with the code "second_factor_required" if it is missing. */
  async signIn(email: string, password: string, code = ""): Promise<void> {
    const body = code ? { email, password, code } : { email, password };
    await answered(publicApi.POST("/v1/session", { body }));
    noteRenewal();
    this.#set(await answered(api.GET("/v1/me")));
    this.#channel.postMessage("changed");
  }

  /** Waits until a user is signed in, or until `signal` aborts. */
  signedIn(signal: AbortSignal): Promise<void> {
    if (signal.aborted || (this.state === "signed-in" && !this.lost)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      signal.addEventListener("abort", () => resolve());
    });
  }

  async signUp(email: string, password: string): Promise<void> {
    await answered(publicApi.POST("/v1/users", { body: { email, password } }));
    await this.signIn(email, password);
  }

  async signOut(): Promise<void> {
    await answered(api.DELETE("/v1/session"));
    this.forget();
  }

  /** Notes that the session is over. */
  forget(): void {
    this.#set(undefined);
    this.#channel.postMessage("changed");
  }

  /** Keeps the session fresh while the page is visible. */
  keepAlive(): () => void {
    const renew = () => {
      if (this.state === "signed-in" && document.visibilityState === "visible" && !this.lost)
        void keepFresh(FRESH);
    };
    const timer = setInterval(renew, 60_000);
    document.addEventListener("visibilitychange", renew);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", renew);
    };
  }

  #set(user: User | undefined): void {
    this.user = user;
    this.lost = false;
    this.state = user ? "signed-in" : "signed-out";
    if (!user) return;
    this.leftElsewhere = false;
    localStorage.setItem(KNOWN_HERE, "1");
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

export const session = new CurrentSession();
