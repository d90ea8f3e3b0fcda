import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { insist } from "parvis/core/http.js";

/** What the portal answers to one attempt after the other; an error is a lost line. @type {(Response | Error)[]} */
let answers = [];
/** @type {string[]} */
let asked = [];
/** @type {number[]} */
let pauses = [];

const COMMAND = { command_id: "c1" };
const actual = { fetch: globalThis.fetch, document: globalThis.document };

/** @param {number} status @param {object} body */
const json = (status, body) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

const pause = async (/** @type {number} */ ms) => {
  pauses.push(ms);
};

beforeEach(() => {
  asked = [];
  pauses = [];
  globalThis.document = /** @type {Document} */ (/** @type {unknown} */ ({ querySelector: () => null }));
  globalThis.HTMLMetaElement ??= /** @type {any} */ (class {});
  globalThis.HTMLInputElement ??= /** @type {any} */ (class {});
  globalThis.fetch = async (_path, init) => {
    asked.push(String(init?.body));
    const answer = answers.shift();
    if (answer === undefined) throw new Error("nothing left to answer");
    if (answer instanceof Error) throw answer;
    return answer;
  };
});

afterEach(() => Object.assign(globalThis, actual));

test("a lost line is asked again with the same command until there is an answer", async () => {
  answers = [new TypeError("gone"), new TypeError("gone"), json(200, { number: 7 })];
  assert.deepEqual(await insist("/act", COMMAND, { pause }), { number: 7 });
  assert.deepEqual(asked, Array(3).fill(JSON.stringify(COMMAND)));
});

test("a portal that is being started again, or is too busy, has not answered", async () => {
  answers = [new Response("", { status: 502 }), json(429, {}), json(200, {})];
  await insist("/act", COMMAND, { pause });
  assert.equal(asked.length, 3);
});

test("what is refused is not asked again", async () => {
  answers = [json(409, { error: { code: "refused-by-rule", message: "Non.", id: "1" } })];
  await assert.rejects(insist("/act", COMMAND, { pause }), { name: "ProblemError", message: "Non." });
  assert.equal(asked.length, 1);
});

test("a fault of the portal is said, not repeated for ever", async () => {
  answers = [json(500, { error: { code: "fault", message: "Panne.", id: "2" } })];
  await assert.rejects(insist("/act", COMMAND, { pause }), { message: "Panne." });
});

test("the pauses grow, up to two seconds", async () => {
  answers = [...Array(6).fill(new TypeError("gone")), json(200, {})];
  await insist("/act", COMMAND, { pause });
  assert.deepEqual(pauses, [250, 500, 1000, 2000, 2000, 2000]);
});
