import assert from "node:assert/strict";
import { test } from "node:test";
import { bits, strength } from "../../static/portal/accounts/password_strength.js";

for (const [password, found] of [
  ["", "short"],
  ["onze lettre", "short"],
  ["aaaaaaaaaaaaaaaa", "weak"],
  ["abcdefghijklmnop", "weak"],
  ["835172640571", "weak"],
  ["tracevoluble", "fair"],
  ["quatre chevaux dans un pré", "strong"],
]) {
  test(`“${password}” is said to be ${found}`, () => {
    assert.equal(strength(password), found);
  });
}

test("a password that no alphabet holds has no strength and no error", () => {
  assert.equal(bits(""), 0);
  assert.ok(bits("éàü🐎") > 0);
});
