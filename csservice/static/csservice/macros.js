/* Quick replies. The key m or the button opens the list that the ticket's page has for them: typing searches
   by name, shortcut and text, arrows choose, Enter inserts, Esc leaves. In the reply itself /greet and a space
   becomes the text. What a quick reply does besides is shown above the send button and can be left out.
   Nothing is sent from here: the text stands in the composer, to be read and changed. */
import { announce } from "./words.js";
import { composing } from "./keys.js";

const TYPED = /(?:^|\s)(\/([\p{L}\p{N}_-]{1,24})\s)$/u;
const FRESH_MS = 60_000;
const SPEAK_MS = 500;
const BLANK = "___";
let kept = { url: "", at: 0, part: null };

/** The list for a ticket, asked once a minute at most; null when it cannot be had. */
async function list(url) {
  if (kept.url !== url || Date.now() - kept.at > FRESH_MS) {
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.headers.has("HX-Redirect")) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      kept = { url, at: Date.now(), part: page.getElementById("macros") };
    } catch {
      return null;
    }
  }
  return kept.part;
}

/** Puts `text` in the place of what stands between the two, as if it had been typed: it can be undone. */
function put(box, text, from, to) {
  box.focus();
  box.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) {
    box.setRangeText(text, from, to, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  const blank = text.indexOf(BLANK);
  if (blank >= 0) box.setSelectionRange(from + blank, from + blank + BLANK.length);
  else box.scrollTop = box.scrollHeight;
}

/** What is done with the reply, said before it is sent. */
function carry(form, option) {
  const row = form.querySelector("[data-macro-with]");
  if (!row) return;
  const { value = "", steps = "" } = option?.dataset ?? {};
  row.querySelector("[name=macro]").value = value;
  row.querySelector("[name=steps]").checked = !(option && "blocked" in option.dataset);
  row.querySelector("[data-macro-steps]").textContent = steps;
  row.hidden = !steps;
}

function insert(form, option, from, to) {
  const box = form.querySelector("textarea");
  const before = box.value.slice(0, from);
  const gap = before.trim() && !/\s$/.test(before) ? "\n" : "";
  put(box, gap + option.dataset.text, from, to);
  carry(form, option);
  announce([option.querySelector("b").textContent, option.dataset.steps].filter(Boolean).join(". "));
}

/* ---- /greet in the reply ---- */
document.addEventListener("input", async (event) => {
  const box = event.target;
  const form = box.closest?.("[data-composer]");
  if (!form || !box.matches("textarea")) return;
  if (!box.value.trim()) carry(form, null);
  const url = form.querySelector("[data-macros]")?.dataset.macros;
  if (!url || event.isComposing) return;
  if (event.data === "/") list(url); // at hand when the word is written
  const typed = () => TYPED.exec(box.value.slice(0, box.selectionStart));
  const before = typed();
  if (!before) return;
  const part = await list(url);
  const now = typed();
  if (!part || now?.[1] !== before[1]) return;
  const wanted = before[2].toLowerCase();
  const option = [...part.querySelectorAll("[role=option]")].find((one) => one.dataset.shortcut === wanted);
  if (option) insert(form, option, box.selectionStart - before[1].length, box.selectionStart);
});

/* ---- the list ---- */
class Picker {
  constructor(form, part) {
    this.form = form;
    this.box = form.querySelector("textarea");
    this.place = [this.box.selectionStart, this.box.selectionEnd];
    this.dialog = document.createElement("dialog");
    this.dialog.className = "sheet macros-sheet";
    this.dialog.setAttribute("aria-labelledby", "macros-h");
    this.part = document.importNode(part, true);
    this.dialog.append(this.part);
    this.input = this.part.querySelector("[role=combobox]");
    this.options = [...this.part.querySelectorAll("[role=option]")];
    this.input.addEventListener("input", () => this.search());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => this.click(event));
    this.dialog.addEventListener("close", () => this.dialog.remove());
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.input.focus();
    this.mark(0);
  }

  get shown() {
    return this.options.filter((one) => !one.hidden);
  }

  search() {
    const words = this.input.value.toLowerCase().replace(/^\//, "").split(/\s+/).filter(Boolean);
    for (const one of this.options) one.hidden = !words.every((word) => one.dataset.search.includes(word));
    const count = this.shown.length;
    this.part.querySelector("#macros-none").hidden = count > 0;
    this.mark(0);
    const { found, none } = this.part.dataset;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => announce(count ? found.replace("{count}", count) : none), SPEAK_MS);
  }

  mark(index) {
    const { shown } = this;
    this.at = shown.length ? (index + shown.length) % shown.length : -1;
    for (const one of this.options) one.setAttribute("aria-selected", String(one === shown[this.at]));
    if (this.at < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", shown[this.at].id);
    shown[this.at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (composing(event) || event.ctrlKey || event.metaKey || event.target !== this.input) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) this.mark(this.at + steps[event.key]);
    else if (event.key === "Enter") this.pick(this.shown[this.at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  click(event) {
    const option = event.target.closest("[role=option]");
    if (option) this.pick(option);
    else if (event.target === this.dialog) this.dialog.close();
  }

  pick(option) {
    if (!option) return;
    this.dialog.close();
    insert(this.form, option, ...this.place);
  }
}

/* before htmx and the form hear it; where the list cannot be had, the page without script is asked for */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-macros]");
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  list(button.dataset.macros).then((part) => {
    if (part && button.isConnected) new Picker(button.form, part);
  });
}, true);

/* another ticket, another answer: what was filled in is no longer right */
document.addEventListener("htmx:after:swap", () => (kept = { url: "", at: 0, part: null }));
