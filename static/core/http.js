/**
 * Requests to the portal's API: the form token goes along, and every failure is one of two errors.
 */

import { LineError, ProblemError, isProblem } from "parvis/core/problem.js";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;
/** Too busy, and what a reverse proxy says while the portal is being started again. A fault (500) is an answer. */
const NOT_NOW = new Set([429, 502, 503, 504]);

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
 * Change something that bears a command id, and ask until there is an answer: a lost line, a portal that is being
 * started again and one that is too busy are none. It counts once, however often it is sent. Throws `ProblemError` for
 * what is refused or failed.
 * @param {string} path
 * @param {FormData | {command_id: string}} body
 * @param {{pause?: (ms: number) => Promise<void>}} [options] how to wait between two attempts
 * @returns {Promise<unknown>} the answer's JSON, null if it has none
 */
export async function insist(path, body, { pause = sleep } = {}) {
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      return await send(path, body);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      await pause(wait);
    }
  }
}

/** @param {number} ms @returns {Promise<void>} */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** @param {unknown} error */
function isUnanswered(error) {
  if (error instanceof LineError) return true;
  return error instanceof ProblemError && NOT_NOW.has(error.status ?? 0);
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
