import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.HTMLElement ??= class {};
const { toBringBack, toKeep } = await import("../../static/helpdesk/board/posting_draft.js");

const DAY_MS = 24 * 3600 * 1000;
const WRITTEN = [
  ["csrf_token", "secret"],
  ["command_id", "c1"],
  ["category_id", "groceries"],
  ["title", "Two bags"],
  ["q", "12 rue des Lilas"],
  ["place", "95000_0001_00012"],
  ["longitude", "2.16"],
  ["latitude", "48.99"],
  ["weekdays", "1"],
  ["weekdays", "5"],
];

test("what was written is kept, and neither the place nor what belongs to one page", () => {
  assert.deepEqual(toKeep(WRITTEN, 7), [
    ["category_id", "groceries"],
    ["title", "Two bags"],
    ["weekdays", "1"],
    ["weekdays", "5"],
    ["written_at", "7"],
  ]);
});

test("a form into which nobody has written leaves nothing behind", () => {
  assert.equal(
    toKeep(
      [
        ["category_id", "groceries"],
        ["title", " "],
        ["capacity", "1"],
      ],
      7,
    ),
    null,
  );
});

test("what was written comes back within a week, and not later", () => {
  const kept = toKeep(WRITTEN, DAY_MS) ?? [];
  assert.deepEqual(
    toBringBack(kept, 7 * DAY_MS).map(([name]) => name),
    ["category_id", "title", "weekdays", "weekdays"],
  );
  assert.deepEqual(toBringBack(kept, 9 * DAY_MS), []);
});
