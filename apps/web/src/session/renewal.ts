import { address } from "../root.ts";

const LOCK = "tracklift-session";
const RENEWED_AT = "tracklift.renewed-at";

/** How it went: a server that can't be asked, or can't tell, says nothing about the session. */
export type Renewal = "renewed" | "over" | "unreachable" | "unavailable";

/**
 * Renews the session, one page after the other: a refresh token is single-use, and all pages of a browser share it.
 * A page that waited while another one renewed has nothing to do.
 */
export function renewSession(): Promise<Renewal> {
  const asked = Date.now();
  underway ??= inTurn(async () => {
    if (Number(localStorage.getItem(RENEWED_AT)) >= asked) return "renewed";
    return renew();
  }).finally(() => (underway = undefined));
  return underway;
}

let underway: Promise<Renewal> | undefined;

/** Notes that the session has just begun or was renewed. */
export function noteRenewal(): void {
  localStorage.setItem(RENEWED_AT, String(Date.now()));
}

/** Renews a session that is older than that many milliseconds, so that players and downloads need not wait for it. */
export async function keepFresh(oldest: number): Promise<void> {
  if (Date.now() - Number(localStorage.getItem(RENEWED_AT)) > oldest) await renewSession();
}

async function renew(): Promise<Renewal> {
  const started = Date.now();
  try {
    const response = await fetch(address("/v1/session/refresh"), { method: "POST" });
    if (response.status === 429 || response.status >= 500) return "unavailable";
    if (!response.ok) return "over";
  } catch {
    return "unreachable";
  }
  localStorage.setItem(RENEWED_AT, String(started));
  return "renewed";
}

async function inTurn(action: () => Promise<Renewal>): Promise<Renewal> {
  // By plain http, but to this machine itself, browsers have no locks; the gateway then bears two renewals at once.
  if (!("locks" in navigator)) return action();
  return await navigator.locks.request(LOCK, action);
}
