import assert from "node:assert/strict";
import { test } from "node:test";

import { Strings } from "parvis/core/i18n.js";

function strings(locale, sentences) {
  const found = new Strings(locale);
  found.add(sentences);
  return found;
}

test("a sentence has its places filled", () => {
  const words = strings("fr", { "room.joined": "{name} est entré. Bonjour {name} !" });

  assert.equal(words.t("room.joined", { name: "Anna" }), "Anna est entré. Bonjour Anna !");
});

test("a sentence takes the plural form of its language", () => {
  const forms = { one: "{count} personne", other: "{count} personnes" };

  assert.equal(strings("fr", { people: forms }).t("people", { count: 0 }), "0 personne");
  assert.equal(strings("fr", { people: forms }).t("people", { count: 2 }), "2 personnes");
  assert.equal(
    strings("en", { people: { one: "one person", other: "{count} people" } }).t("people", { count: 0 }),
    "0 people",
  );
});

test("a form that the language asks for and the sentence lacks falls back to the general one", () => {
  assert.equal(
    strings("fr", { people: { one: "{count} p.", other: "{count} pp." } })
      .t("people", { count: 1_000_000 })
      .slice(-3),
    "pp.",
  );
});

test("numbers are written as the language writes them", () => {
  assert.equal(strings("fr", { votes: "{count} voix" }).t("votes", { count: 1234.5 }), "1\u202f234,5 voix");
});

test("a value is not read as a pattern", () => {
  const words = strings("en", { said: "{name} said {text}" });

  assert.equal(words.t("said", { name: "{text}", text: "$& {name}" }), "{text} said $& {name}");
});

test("a key that the page does not carry and a value that was not given are seen", () => {
  const words = strings("en", { said: "{name} said" });

  assert.equal(words.t("room.unknown"), "room.unknown");
  assert.equal(words.t("said"), "{name} said");
});
