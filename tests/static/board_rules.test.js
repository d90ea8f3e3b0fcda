import assert from "node:assert/strict";
import { test } from "node:test";
import { byWords, isWanted, isWhole, placeAmong, weeklyWords } from "../../static/helpdesk/board/board_rules.js";

const NO_WISH = { kind: "", category: "", district: "", cell: "", by: "", near: "", since: "" };

function request(changes = {}) {
  return {
    kind: "help_request",
    id: "r",
    version: 1,
    state: "open",
    category: "groceries",
    title: "Bread",
    details: "",
    place: { cell: "c1", district: "d1", centre: [2, 48] },
    posted_at: "2026-05-04T07:00:00Z",
    by: "2026-05-06",
    weekdays: [],
    starts_on: null,
    next_on: null,
    capacity: 1,
    answers: 0,
    ...changes,
  };
}

test("an open card fits a list without wishes, one that is taken or has ended does not", () => {
  assert.equal(isWanted(request(), NO_WISH), true);
  assert.equal(isWanted(request({ state: "engaged" }), NO_WISH), false);
  assert.equal(isWanted({ kind: "help_request", id: "r", version: 2, state: "closed" }, NO_WISH), false);
  assert.equal(isWhole({ kind: "help_request", id: "r", version: 2, state: "closed" }), false);
});

for (const [wish, fitting, other] of [
  ["kind", "help_request", "help_offer"],
  ["category", "groceries", "company"],
  ["district", "d1", "d2"],
  ["cell", "c1", "c2"],
  ["by", "2026-05-06", "2026-05-05"],
]) {
  test(`a list narrowed by ${wish} takes the cards that fit and leaves the others`, () => {
    assert.equal(isWanted(request(), { ...NO_WISH, [wish]: fitting }), true);
    assert.equal(isWanted(request(), { ...NO_WISH, [wish]: other }), false);
  });
}

test("a list narrowed by day leaves offers and requests without a date", () => {
  const wishes = { ...NO_WISH, by: "2026-05-10" };
  assert.equal(isWanted(request({ by: null }), wishes), false);
  assert.equal(isWanted(request({ kind: "help_offer" }), wishes), false);
});

test("cards stand newest first, those of one instant by their ids", () => {
  const shown = [
    { postedAt: "2026-05-04T09:00:00+00:00", id: "m" },
    { postedAt: "2026-05-04T08:00:00.250000Z", id: "m" },
    { postedAt: "2026-05-04T08:00:00Z", id: "m" },
  ];
  assert.equal(placeAmong({ postedAt: "2026-05-04T10:00:00Z", id: "a" }, shown), 0);
  assert.equal(placeAmong({ postedAt: "2026-05-04T09:00:00.000000Z", id: "z" }, shown), 0);
  assert.equal(placeAmong({ postedAt: "2026-05-04T09:00:00Z", id: "a" }, shown), 1);
  assert.equal(placeAmong({ postedAt: "2026-05-04T08:00:00.250001Z", id: "a" }, shown), 1);
  assert.equal(placeAmong({ postedAt: "2026-05-04T08:00:00.1Z", id: "a" }, shown), 2);
  assert.equal(placeAmong({ postedAt: "2026-05-04T07:00:00Z", id: "z" }, shown), 3);
});

test("a last day is said as today, tomorrow or its date, over the end of a month too", () => {
  assert.deepEqual(byWords(null, "2026-05-31"), { key: "board.no_date" });
  assert.deepEqual(byWords("2026-05-31", "2026-05-31"), { key: "board.today" });
  assert.deepEqual(byWords("2026-06-01", "2026-05-31"), { key: "board.tomorrow" });
  assert.equal(byWords("2026-06-02", "2026-05-31").key, "board.by");
  assert.equal(byWords("2026-05-30", "2026-05-31").key, "board.by");
});

test("a weekly request is wanted by its next day, not by its last", () => {
  const weekly = request({ weekdays: [3], by: "2026-06-30", next_on: "2026-05-06" });
  assert.equal(isWanted(weekly, { ...NO_WISH, by: "2026-05-06" }), true);
  assert.equal(isWanted(weekly, { ...NO_WISH, by: "2026-05-05" }), false);
});

test("something weekly says its days, when it begins if that is ahead, and its last day", () => {
  const keys = (card) => weeklyWords({ weekdays: [1, 5], ...card }, "2026-05-04").map(({ key }) => key);
  assert.deepEqual(keys({ starts_on: null, by: null }), ["board.every"]);
  assert.deepEqual(keys({ starts_on: "2026-05-04", by: "2026-06-30" }), ["board.every", "board.until"]);
  assert.deepEqual(keys({ starts_on: "2026-05-11", by: null }), ["board.every", "board.from"]);
});
