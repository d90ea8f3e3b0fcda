import assert from "node:assert/strict";
import { test } from "node:test";

import { Drafts } from "parvis/core/kept_drafts.js";

/** A tab's storage: its names are its own enumerable properties, as a browser's are. */
class Tab {
  setItem(name, value) {
    this[name] = String(value);
  }

  getItem(name) {
    return Object.hasOwn(this, name) ? this[name] : null;
  }

  removeItem(name) {
    delete this[name];
  }
}

const ANSWER = {
  state: "held",
  values: [
    ["command_id", "c1"],
    ["note", "J’arrive"],
  ],
  button: ["go", "next"],
};

test("a draft is found again by who wrote it", () => {
  const tab = new Tab();
  new Drafts(tab, "anna").keep("/board/1", ANSWER);

  assert.deepEqual(new Drafts(tab, "anna").find("/board/1"), { ...ANSWER, who: "anna" });
  assert.equal(new Drafts(tab, "anna").find("/board/2"), null);
});

test("a draft of somebody else is forgotten, not shown", () => {
  const tab = new Tab();
  new Drafts(tab, "anna").keep("/board/1", ANSWER);

  assert.equal(new Drafts(tab, "").find("/board/1"), null);
  assert.equal(new Drafts(tab, "anna").find("/board/1"), null);
});

test("the form's token is not kept", () => {
  const tab = new Tab();
  const drafts = new Drafts(tab, "anna");
  drafts.keep("/board/1", { ...ANSWER, values: [...ANSWER.values, ["csrf_token", "secret"]] });

  assert.deepEqual(drafts.find("/board/1").values, ANSWER.values);
  assert.equal(JSON.stringify(tab).includes("secret"), false);
});

test("signing out forgets every draft and nothing else of the tab", () => {
  const tab = new Tab();
  const drafts = new Drafts(tab, "anna");
  tab.setItem("other", "stays");
  drafts.keep("/board/1", ANSWER);
  drafts.keep("/board/2", ANSWER);
  drafts.forgetAll();

  assert.deepEqual(Object.keys(tab), ["other"]);
});

test("the next page forgets what was sent and what others wrote, and keeps what waits", () => {
  const tab = new Tab();
  new Drafts(tab, "bob").keep("/board/3", ANSWER);
  const drafts = new Drafts(tab, "anna");
  drafts.keep("/board/1", { ...ANSWER, state: "sent" });
  drafts.keep("/board/2", ANSWER);
  drafts.tidy();

  assert.equal(drafts.find("/board/1"), null);
  assert.equal(drafts.find("/board/2").state, "held");
  assert.equal(Object.keys(tab).length, 1);
});

test("a tab that keeps nothing, or something broken, is no error", () => {
  const tab = new Tab();
  tab.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const drafts = new Drafts(tab, "anna");
  drafts.keep("/board/1", ANSWER);
  tab["parvis.draft /board/2"] = "{";

  assert.equal(drafts.find("/board/1"), null);
  assert.equal(drafts.find("/board/2"), null);
});

test("a browser that forbids storage keeps nothing", () => {
  const drafts = new Drafts(null, "anna");
  drafts.keep("/board/1", ANSWER);
  drafts.tidy();
  drafts.forgetAll();

  assert.equal(drafts.find("/board/1"), null);
});
