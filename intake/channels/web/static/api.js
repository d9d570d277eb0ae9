// The public API: one call, and its errors as sentences.
import { t } from "./words.js";

const TIMEOUT = 35_000; // longer than the server's own limit for a reply and for a long poll

/** What went wrong: `status` (0: no connection), the server's problem details, seconds it asks us to wait. */
export class ApiError extends Error {
  constructor(status, problem = {}, retryAfter = 0) {
    super(`status ${status}`);
    Object.assign(this, { status, problem, retryAfter });
  }

  /** True when the same request may succeed later without any change. */
  get passing() {
    return [0, 408, 425, 429].includes(this.status) || this.status >= 500;
  }

  /** One sentence for the visitor; `n` is in how many seconds the page tries again. */
  sentence(n) {
    if (this.status === 0) return navigator.onLine ? t("notice.unreachable", { n }) : t("notice.offline");
    if (this.status === 429) return t("notice.busy", { n });
    if ([502, 503, 504].includes(this.status)) return t("notice.starting", { n });
    if (this.status >= 500) return t("notice.broken", { n });
    if (this.status === 413) return t("notice.too_long");
    if ([401, 403, 404].includes(this.status)) return t("notice.gone");
    if (this.status === 422) return t("notice.refused");
    return this.problem.detail || t("notice.gone");
  }
}

/** One request. Resolves with the JSON body (null for an empty one); rejects with ApiError. */
export async function call(method, path, { token, body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  // By hand: AbortSignal.any and .timeout are younger than some browsers that people use.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TIMEOUT);
  signal?.addEventListener("abort", () => limit.abort());
  let response, data;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: limit.signal,
      credentials: "omit",
      cache: "no-store",
    });
    const text = await response.text();
    data = text && /json/.test(response.headers.get("Content-Type")) ? JSON.parse(text) : null;
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new ApiError(0);
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return data;
  throw new ApiError(response.status, data || {}, Number(response.headers.get("Retry-After")) || 0);
}

export const newId = () =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
