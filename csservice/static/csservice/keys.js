/* Keyboard shortcuts. The registry is the page itself: an element with data-key is pressed (or, if one can
   write in it, focused) by that key, and says what it does in data-key-label or its own words. "g q" is two
   keys in a row. body[data-shortcuts]: single, alt-shift (the letters with Alt+Shift) or off.
   Nothing happens while one writes or while an input method composes (ux.md E8). */
import { say } from "./words.js";
import { release } from "./live.js";

const WRITES = "input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]";
const WAIT_MS = 1500;
const mode = document.body.dataset.shortcuts || "single";
let first = "";
let firstAt = 0;

/** Whether an input method owns this key. */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

function pressed(event) {
  const letter = /^Key([A-Z])$/.exec(event.code);
  if (letter) return letter[1].toLowerCase();
  const digit = /^Digit(\d)$/.exec(event.code);
  if (digit) return digit[1];
  if (mode === "alt-shift" && event.code === "Slash") return "?";
  return event.key;
}

function wanted(event) {
  if (event.ctrlKey || event.metaKey || mode === "off") return false;
  return mode === "alt-shift" ? event.altKey && event.shiftKey : !event.altKey;
}

function shown(element) {
  return element.checkVisibility() && !element.closest("[inert]") && !element.disabled;
}

/** The shortcuts of this page: key -> element, the first that is visible, and the words for it. */
export function registry() {
  const found = new Map();
  const open = document.querySelector("dialog[open], .offcanvas.show");
  for (const element of (open ?? document).querySelectorAll("[data-key]")) {
    for (const key of element.dataset.key.split("|")) {
      if (!found.has(key) && shown(element)) found.set(key, element);
    }
  }
  return found;
}

function use(element) {
  if (element.matches(WRITES)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function move(step) {
  release();
  const rows = [...document.querySelectorAll(".q-row > a, a[data-row], [data-row] > a")].filter(shown);
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, here < 0 ? 0 : here + step))].focus();
  return true;
}

function choose(digit) {
  const set = document.activeElement?.closest?.("fieldset");
  const option = set?.querySelectorAll("input[type=radio], input[type=checkbox]")[digit - 1];
  option?.click();
  option?.focus();
  return Boolean(option);
}

function single(event) {
  const key = pressed(event);
  const pair = first && Date.now() - firstAt < WAIT_MS ? `${first} ${key}` : "";
  first = "";
  const keys = registry();
  const target = keys.get(pair) ?? keys.get(key);
  if (target) {
    use(target);
    return true;
  }
  if ([...keys.keys()].some((one) => one.startsWith(`${key} `))) {
    first = key;
    firstAt = Date.now();
    return true;
  }
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === "o" && document.activeElement?.matches(".q-row > a, a[data-row]")) {
    document.activeElement.click();
    return true;
  }
  return /^[1-9]$/.test(key) && choose(Number(key));
}

/** The button that Ctrl+Enter means: the one that says so, else the form's first. */
function submit(active) {
  const form = active?.closest?.("form") ?? active?.form;
  if (!form || form.method === "get") return false;
  form.requestSubmit(form.querySelector("[data-ctrl-enter]") ?? form.querySelector("button:not([type=button])"));
  return true;
}

function always(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return false;
  if (event.key === "Enter") return submit(document.activeElement);
  const box = [...document.querySelectorAll("#search-box, #search-more")].find(shown);
  if (event.code !== "KeyK" || !box) return false;
  use(box);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (composing(event) || event.defaultPrevented) return;
  const writing = event.target.closest?.(WRITES);
  if (always(event) || (!writing && wanted(event) && single(event))) event.preventDefault();
});

/* ---- the overlay lists the registry ---- */
function plain(keys) {
  return keys.split(" ").map((one) => {
    const textContent = one.length === 1 ? one.toUpperCase() : one;
    return Object.assign(document.createElement("kbd"), { textContent });
  });
}

function caps(key) {
  return plain(mode === "alt-shift" ? `Alt Shift ${key}` : key);
}

function line(keys, words) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.textContent = words;
  const said = document.createElement("span");
  keys.forEach((key) => said.append(key, " "));
  item.append(label, said);
  return item;
}

function lines() {
  const items = [];
  if (mode !== "off") {
    for (const [key, element] of registry()) {
      const words = element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent;
      items.push(line(caps(key), words.trim()));
    }
    items.push(line([...caps("j"), ...caps("k")], say("keyMove")), line(caps("1–9"), say("keyChoose")));
  }
  items.push(line(plain("Ctrl K"), say("keySearch")), line(plain("Ctrl Enter"), say("keySend")));
  items.push(line(plain("Esc"), say("close")));
  return items;
}

function overlay() {
  const sheet = document.createElement("dialog");
  sheet.className = "sheet";
  sheet.setAttribute("aria-labelledby", "keys-h");
  const heading = Object.assign(document.createElement("h2"), { id: "keys-h", textContent: say("keys") });
  const list = Object.assign(document.createElement("ul"), { className: "keys-list" });
  list.append(...lines());
  const close = Object.assign(document.createElement("button"), { className: "btn", textContent: say("close") });
  close.type = "button";
  close.addEventListener("click", () => sheet.close());
  const actions = Object.assign(document.createElement("p"), { className: "sheet-actions" });
  actions.append(close);
  sheet.append(heading, list, actions);
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
}

document.querySelector("[data-keys-here]")?.append(...lines());
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-keys-open]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  overlay();
});
