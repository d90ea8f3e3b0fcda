import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, entryOf, valuesIn } from "../../static/helpdesk/board/kept_step.js";

const WRITTEN = [
  ["csrf_token", "secret"],
  ["step", "check"],
  ["command_id", "c1"],
  ["title", "Two bags"],
  ["q", "12 rue des Lilas"],
  ["place", "95000_0001_00012"],
  ["weekdays", "1,5"],
];

test("back brings what was written with its place, and not what belongs to one page", () => {
  assert.deepEqual(valuesIn(entryOf(WRITTEN, "anna"), "anna"), [
    ["command_id", "c1"],
    ["title", "Two bags"],
    ["q", "12 rue des Lilas"],
    ["place", "95000_0001_00012"],
    ["weekdays", "1"],
    ["weekdays", "5"],
  ]);
});

test("back brings nothing to somebody else, and nothing from an entry that is not ours", () => {
  assert.equal(valuesIn(entryOf(WRITTEN, "anna"), "bruno"), null);
  for (const entry of [null, {}, { scroll: 3 }]) assert.equal(valuesIn(entry, "anna"), null);
});

test("each step has an address of its own, the last look that of the step before it", () => {
  assert.deepEqual(["what", "where", "when", "check"].map(addressOf), [
    "?step=what",
    "?step=where",
    "?step=when",
    "?step=when",
  ]);
});
