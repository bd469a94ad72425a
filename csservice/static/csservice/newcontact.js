/* A search box with matches (ARIA combobox), as in New contact (ux.md S4). The page writes
     <div class="combo" data-combo="/customers/search/" data-next="#id_subject">
       <input role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="matches" autocomplete="off">
       <input type="hidden" name="customer"> <ul id="matches" role="listbox" class="combo-list" hidden></ul>
     </div>
   and the address answers ?q= with <li role="option" id data-value data-label [data-new]>. A pick fills the
   hidden field, fires `combo:pick` and goes to data-next; data-new opens the box's [data-new-customer] in the
   form. The Enter that ends an input method's word picks nothing. */
import { announce, say } from "./words.js";
import { composing } from "./keys.js";

const WAIT_MS = 150;
const SPEAK_MS = 500;

class Combo {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("[role=combobox]");
    this.value = root.querySelector("input[type=hidden]");
    this.list = root.querySelector("[role=listbox]");
    this.at = -1;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.show(false));
    this.input.addEventListener("focus", () => this.back());
    this.list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option) this.pick(option);
    });
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  typed() {
    if (this.value) this.value.value = "";
    clearTimeout(this.timer);
    const words = this.input.value.trim();
    if (words) this.timer = setTimeout(() => this.search(words), WAIT_MS);
    else this.show(false);
  }

  /* A drawer that is still opening takes the focus away for a moment: the matches come back with it. */
  back() {
    const open = this.input.value.trim() && this.options.length > 0 && !this.value?.value;
    if (open) this.show(true);
  }

  async search(words) {
    this.asked?.abort();
    this.asked = new AbortController();
    const url = `${this.root.dataset.combo}?${new URLSearchParams({ q: words })}`;
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: this.asked.signal });
      if (!answer.ok || answer.headers.has("HX-Redirect")) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.list.replaceChildren(...found.querySelectorAll("[role=option]"));
    } catch (failure) {
      if (failure.name !== "AbortError") this.show(false); // the old matches would mislead
      return;
    }
    this.show(this.options.length > 0);
    this.mark(0);
    clearTimeout(this.speaking);
    const count = this.options.filter((one) => !("new" in one.dataset)).length;
    this.speaking = setTimeout(() => announce(count ? say("matches", { count }) : say("noMatch")), SPEAK_MS);
  }

  show(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.input.removeAttribute("aria-activedescendant");
  }

  mark(index) {
    const options = this.options;
    if (!options.length) return;
    this.at = (index + options.length) % options.length;
    options.forEach((one, here) => one.setAttribute("aria-selected", String(here === this.at)));
    this.input.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (composing(event) || this.list.hidden || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) this.mark(this.at + steps[event.key]);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.pick(this.options[this.at]);
    else if (event.key === "Escape") this.show(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(option) {
    const isNew = "new" in option.dataset;
    this.input.value = option.dataset.label;
    if (this.value) this.value.value = option.dataset.value;
    this.show(false);
    const form = this.input.form;
    const more = form?.querySelector("[data-new-customer]");
    if (more) Object.assign(more, { hidden: !isNew, open: isNew }); // open: where it is a details element
    const name = more?.querySelector("[data-new-name]");
    if (isNew && name) name.value = option.dataset.label;
    this.root.dispatchEvent(new CustomEvent("combo:pick", { bubbles: true, detail: { ...option.dataset } }));
    const next = isNew && more ? [...more.querySelectorAll("input, select")].find((one) => !one.value) : null;
    (next ?? document.querySelector(this.root.dataset.next ?? ""))?.focus();
  }
}

function start(root) {
  for (const combo of root.querySelectorAll("[data-combo]:not([data-ready])")) {
    combo.dataset.ready = "";
    new Combo(combo);
  }
}

start(document);
document.addEventListener("htmx:after:swap", () => start(document));
