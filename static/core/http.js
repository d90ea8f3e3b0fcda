/**
 * Requests to the portal's API: the form token goes along, and every failure is one of two errors.
 */

import { LineError, ProblemError, isProblem } from "parvis/core/problem.js";

/**
 * Read something. Throws `ProblemError` or `LineError`.
 * @param {string} path
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<unknown>} the answer's JSON, null if it has none
 */
export function get(path, options = {}) {
  return request("GET", path, undefined, options);
}

/**
 * Change something. Throws `ProblemError` or `LineError`.
 * @param {string} path
 * @param {FormData | object} [body] a form as it stands, or what becomes JSON
 * @param {{method?: "POST" | "PUT" | "PATCH" | "DELETE", signal?: AbortSignal}} [options]
 * @returns {Promise<unknown>} the answer's JSON, null if it has none
 */
export function send(path, body, options = {}) {
  return request(options.method ?? "POST", path, body, options);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {FormData | object | undefined} body
 * @param {{signal?: AbortSignal}} options
 */
async function request(method, path, body, { signal }) {
  const headers = new Headers({ Accept: "application/json" });
  if (method !== "GET") headers.set("X-CSRF-Token", formToken());
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers.set("Content-Type", "application/json");
  const content = body === undefined || isForm ? body : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: content, signal, credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new LineError(`${method} ${path}: ${error}`, true);
  }
  return read(answer);
}

/** @param {Response} answer */
async function read(answer) {
  const isJson = /^application\/([a-z.+-]+\+)?json\b/.test(answer.headers.get("Content-Type") ?? "");
  const value = isJson ? await answer.json() : null;
  if (answer.ok) return value;
  if (isProblem(value?.error)) throw new ProblemError(value.error, answer.status);
  // A reverse proxy in front of the portal answers in its own words.
  const code = `http-${answer.status}`;
  throw new ProblemError({ code, message: answer.statusText || code, id: "" }, answer.status);
}

/** The token that the page carries, in a meta element or in any of its forms. */
function formToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  if (meta instanceof HTMLMetaElement) return meta.content;
  const input = document.querySelector('input[name="csrf_token"]');
  return input instanceof HTMLInputElement ? input.value : "";
}
