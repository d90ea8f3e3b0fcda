/**
 * What was refused or failed, as pages, API and acknowledgements tell it: `{"code", "message", "id", "fields"?}`.
 *
 * @typedef {object} Problem
 * @property {string} code stable, for programs
 * @property {string} message for the person, in their language
 * @property {string} id finds the line in the portal's log
 * @property {Record<string, string>} [fields] what is wrong with each named input
 */

/** The portal refused, or failed. */
export class ProblemError extends Error {
  /**
   * @param {Problem} problem
   * @param {number} [status] of the HTTP answer, if it came by one
   */
  constructor(problem, status) {
    super(problem.message);
    this.name = "ProblemError";
    this.code = problem.code;
    this.id = problem.id;
    this.fields = problem.fields ?? {};
    this.status = status;
  }
}

/**
 * No answer came. `sent` says whether the portal may have done it all the same: then only asking again with the same
 * command id, or looking, tells.
 */
export class LineError extends Error {
  /**
   * @param {string} reason in English, for the log
   * @param {boolean} sent
   */
  constructor(reason, sent) {
    super(reason);
    this.name = "LineError";
    this.sent = sent;
  }
}

/**
 * Whether a value has the shape of a problem.
 * @param {unknown} value
 * @returns {value is Problem}
 */
export function isProblem(value) {
  return typeof value === "object" && value !== null && "code" in value && "message" in value && "id" in value;
}
