import createClient from "openapi-fetch";

import { address } from "../root.ts";
import { renewSession } from "../session/renewal.ts";
import { ended } from "../session/ended.ts";
import type { components, paths } from "./schema.d.ts";

export type Conversion = components["schemas"]["ConversionResponse"];
export type ConversionState = Conversion["state"];
/** The data of a `progress` event, which the OpenAPI document describes only by an example. */
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

/** Why a request failed: the server's code (RFC 9457), or "offline" if there was no answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  /** Seconds after which another try may succeed, if the server gave a number. */
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

/** Reads the error from an answer; `body` is the parsed JSON or its text. */
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

/** A fetch that renews an expired session once, and reports it if that fails. */
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

/** The API client for signed-in users. */
export const api = createClient<paths>({
  baseUrl: location.origin + address(""),
  fetch: authorizedFetch,
});

/** The API client for visitors: it does not renew the session after a 401. */
export const publicApi = createClient<paths>({
  baseUrl: location.origin + address(""),
  fetch: reached,
});

/** Returns the data of an answer. Throws `ApiError` if the request was refused. */
export async function answered<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, response, error } = await call;
  if (!response.ok) throw errorOf(response.status, error, response.headers);
  return data as T;
}
