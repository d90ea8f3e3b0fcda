import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

globalThis.window = {};
const { beginWriting, endPublishing, publishedAt } = await import("../../static/helpdesk/board/published.js");

beforeEach(() => {
  const held = new Map();
  globalThis.window.sessionStorage = {
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => held.set(name, value),
  };
});

test("what a form has put on the board is found by its command, and nothing else is", () => {
  beginWriting("c1");
  assert.equal(publishedAt("c1"), "");
  endPublishing("/board/requests/r1");
  beginWriting("c2");
  endPublishing("/board/offers/o2");

  assert.deepEqual([publishedAt("c1"), publishedAt("c2")], ["/board/requests/r1", "/board/offers/o2"]);
  assert.equal(publishedAt("c3"), "");
});

test("what was refused and never put on the board is not taken for the next one", () => {
  beginWriting("refused");
  beginWriting("c2");
  endPublishing("/board/offers/o2");

  assert.equal(publishedAt("refused"), "");
});

test("without a storage the form is shown as it is", () => {
  globalThis.window = {
    get sessionStorage() {
      throw new Error("forbidden");
    },
  };
  beginWriting("c1");
  endPublishing("/board/requests/r1");
  assert.equal(publishedAt("c1"), "");
});
