/**
 * What this tab has put on the board, by the id of the form's command: the browser's "back" then finds no filled form that
 * looks as if it waited to be sent. Ids and addresses only; they go with the tab.
 */

import { storageOf } from "parvis/core/kept_drafts.js";

const KEY = "parvis.published";
const MOST = 20;
const NOT_YET = "";

/** @returns {[string, string][]} command and address; no address yet while it is being written */
function kept() {
  try {
    return JSON.parse(storageOf("sessionStorage")?.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {[string, string][]} all */
function keep(all) {
  try {
    storageOf("sessionStorage")?.setItem(KEY, JSON.stringify(all.slice(-MOST)));
  } catch {
    // A storage that is full or forbidden: "back" shows the form, and sent again it counts once.
  }
}

/**
 * A form is being written in this tab; of several, the last one is what is put on the board next.
 * @param {string} command
 */
export function beginWriting(command) {
  keep([...kept().filter(([each, path]) => each !== command && path !== NOT_YET), [command, NOT_YET]]);
}

/**
 * What was written last stands on the board.
 * @param {string} path
 */
export function endPublishing(path) {
  keep(kept().map(([command, known]) => [command, known || path]));
}

/**
 * Where what this command put on the board is read; empty for one that has put nothing there.
 * @param {string} command
 */
export function publishedAt(command) {
  return kept().find(([each]) => each === command)?.[1] ?? "";
}
