/* The register by keys: P, A, E on a row mark it; Enter in a score goes to the next one; a column of scores can
   be pasted into the first of them. Everything else is the page's own htmx. */
import { composing } from "./keys.js";

const rowOf = (target) => target.closest?.("tr[data-seat]");

function mark(event, row) {
  const letter = /^Key([PAE])$/.exec(event.code);
  const off = document.body.dataset.shortcuts === "off";
  if (!letter || off || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.target.matches("input:not([type=radio])")) return false;
  const radio = row.querySelector(`[data-mark=${letter[1].toLowerCase()}]`);
  radio?.focus();
  radio?.click();
  if (radio?.dataset.mark === "e") row.querySelector(".why input")?.focus();
  return Boolean(radio);
}

function scores() {
  return [...document.querySelectorAll("#register input.score")];
}

function next(event) {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("input.score")) return false;
  const all = scores();
  const after = all[all.indexOf(event.target) + 1];
  if (after) {
    after.focus();
    after.select();
  } else {
    event.target.blur();
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || composing(event)) return;
  if (next(event) || mark(event, row)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

document.addEventListener("paste", (event) => {
  if (!event.target.matches?.("input.score")) return;
  const lines = (event.clipboardData?.getData("text") ?? "").trim().split(/\r?\n/);
  if (lines.length < 2) return;
  event.preventDefault();
  const all = scores();
  const from = all.indexOf(event.target);
  lines.forEach((line, n) => {
    const field = all[from + n];
    if (field) field.value = line.trim().slice(0, 6);
  });
  event.target.form.requestSubmit();
});
