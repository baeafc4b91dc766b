import { address } from "../root.ts";

const LOCK = "tracklift-session";
const RENEWED_AT = "tracklift.renewed-at";

/** The outcome of a renewal. "unreachable" and "unavailable" say nothing about the session. */
export type Renewal = "renewed" | "over" | "unreachable" | "unavailable";

/**
 * Renews the session, one page at a time: a refresh token is single-use, and all pages of a browser share it. A page that
 * waited while another one renewed the session has nothing to do.
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

/** Notes that the session has just started or was renewed. */
export function noteRenewal(): void {
  localStorage.setItem(RENEWED_AT, String(Date.now()));
}

/** Renews the session if its last renewal was more than `oldest` milliseconds ago, before a player or download needs it. */
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
  // Browsers have no locks over plain HTTP, except from localhost; the gateway tolerates two concurrent renewals.
  if (!("locks" in navigator)) return action();
  return await navigator.locks.request(LOCK, action);
}
