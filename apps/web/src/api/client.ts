import createClient from "openapi-fetch";

import { address } from "../root.ts";
import { renewSession } from "../session/renewal.ts";
import { ended } from "../session/ended.ts";
import type { components, paths } from "./schema.d.ts";

export type Conversion = components["schemas"]["ConversionResponse"];
export type ConversionState = Conversion["state"];
/** The data of an event `progress`, which the document describes by an example only. */
export interface Progress {
  id: string;
  progress: number;
  remaining: number | null;
}
export type User = components["schemas"]["UserResponse"];
export type Quotas = components["schemas"]["QuotasResponse"];
export type Session = components["schemas"]["SessionResponse"];
export type ApiKey = components["schemas"]["ApiKeyResponse"];
export type SecondFactor = components["schemas"]["SecondFactorResponse"];
export type NewSecondFactor = components["schemas"]["NewSecondFactorResponse"];
export type AdminUser = components["schemas"]["AdminUserResponse"];
export type UserDetails = components["schemas"]["UserDetailsResponse"];
/** The limits that are set for one user. */
export type UserQuota = components["schemas"]["UserQuotaResponse"];
/** A conversion as operators see it: without names and contents. */
export type ConversionSummary = components["schemas"]["ConversionStateResponse"];
export type StateCount = components["schemas"]["StateCountResponse"];
export type DeadLetter = components["schemas"]["DeadLetterResponse"];
export type Role = components["schemas"]["Role"];
export type Provider = components["schemas"]["ProviderResponse"];

/** Why a request has failed: the server's code (RFC 9457), or "offline" where no answer came. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  /** Seconds after which the server says that another try may succeed. */
  readonly retryAfter: number | undefined;

  constructor(code: string, status = 0, detail = "", field?: string, retryAfter?: number) {
    super(detail || code);
    this.code = code;
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.code === "offline" || this.status === 429 || this.status >= 500;
  }
}

/** Reads the error out of an answer whose body was parsed or is the text of one. */
export function errorOf(
  status: number,
  body: unknown,
  headers?: { get(name: string): string | null },
): ApiError {
  const problem = (typeof body === "string" ? parsed(body) : body) as
    { code?: string; detail?: string; field?: string } | null | undefined;
  const after = Number(headers?.get("Retry-After") ?? NaN);
  return new ApiError(
    problem?.code ?? (status === 0 ? "offline" : "internal_error"),
    status,
    problem?.detail,
    problem?.field,
    Number.isFinite(after) ? after : undefined,
  );
}

/** A fetch that renews the session once where it has ended, and says when it can't be. */
export async function authorizedFetch(request: Request): Promise<Response> {
  const again = request.clone();
  let response = await reached(request);
  if (response.status === 401) {
    const renewal = await renewSession();
    if (renewal === "unreachable") throw new ApiError("offline");
    if (renewal === "unavailable") throw new ApiError("service_unavailable", 503);
    if (renewal === "renewed") response = await reached(again);
    if (response.status === 401) ended();
  }
  return response;
}

async function reached(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("offline");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The interface, for a user who is signed in. */
export const api = createClient<paths>({
  baseUrl: location.origin + address(""),
  fetch: authorizedFetch,
});

/** The interface for those who are not: an answer of 401 means nothing but that. */
export const publicApi = createClient<paths>({
  baseUrl: location.origin + address(""),
  fetch: reached,
});

/** Gives what an answer holds. Throws `ApiError` for a refusal. */
export async function answered<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, response, error } = await call;
  if (!response.ok) throw errorOf(response.status, error, response.headers);
  return data as T;
}
