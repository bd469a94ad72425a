/* The desk: what htmx cannot say of the queue and the ticket. On phones a row opens the ticket's own page;
   the row of the open ticket is marked; the composer's tabs choose what is written; menus close again. */
const phone = matchMedia("(max-width: 767.98px)");

/* before htmx hears the click, so that the link is followed as a link */
document.addEventListener("click", (event) => {
  if (phone.matches && event.target.closest?.(".q-row > a")) event.stopPropagation();
}, true);

function mark() {
  const open = document.getElementById("ticket")?.dataset.number;
  for (const row of document.querySelectorAll(".q-row")) {
    const isOpen = row.id === `row-${open}`;
    row.toggleAttribute("data-sel", isOpen);
    const link = row.querySelector("a");
    if (isOpen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
document.addEventListener("htmx:after:swap", mark);

/* ---- [ and ] go to the ticket before and after the open one, a takes the row in focus ---- */
function neighbour(step) {
  const rows = [...document.querySelectorAll(".q-row")];
  const here = rows.findIndex((row) => row.hasAttribute("data-sel"));
  rows[here + step]?.querySelector("a").click();
}
document.addEventListener("click", (event) => {
  const step = event.target.closest?.("[data-step]")?.dataset.step;
  if (step) neighbour(Number(step));
});

/* ---- composer ---- */
function choose(button, isQuiet) {
  const form = button.closest("form");
  const { mode } = button.dataset;
  for (const one of form.querySelectorAll("[data-mode]")) one.setAttribute("aria-pressed", String(one === button));
  form.action = form.dataset.url + mode + "/";
  form.setAttribute("hx-post", form.action);
  const box = form.querySelector("textarea");
  box.dataset.placeholder ??= box.placeholder;
  const hints = { note: box.dataset.notePlaceholder, log_call: box.dataset.callPlaceholder };
  box.placeholder = hints[mode] ?? box.dataset.placeholder;
  form.toggleAttribute("data-note", mode === "note");
  if (!isQuiet) box.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-composer] [data-mode]");
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  choose(button, false);
}, true);

function composers() {
  for (const form of document.querySelectorAll("[data-composer]")) {
    const pressed = form.querySelector('[data-mode][aria-pressed="true"]');
    if (pressed) choose(pressed, true);
  }
}
document.addEventListener("htmx:after:swap", composers);
composers();

/* colleagues see that one writes */
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-writes]")) return;
  const sign = target.form.querySelector("[name=writing]");
  if (sign) sign.value = target.value.trim() ? "1" : "";
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-composer] input[type=file]")) return;
  const line = target.form.querySelector("[data-file-names]");
  line.textContent = [...target.files].map((file) => file.name).join(", ");
  line.hidden = !target.files.length;
});

/* ---- menus and the filter are details elements: they work without this, and close again with it ---- */
const MENUS = ":is(details.menu, details.q-filter)[open]";
function closeMenus(but) {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.contains(but)) menu.open = false;
  }
}
document.addEventListener("click", ({ target }) => {
  closeMenus(target.closest?.(MENUS));
  if (target.closest?.("details.menu .dropdown-item")) closeMenus(null);
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(MENUS);
  if (!menu) return;
  event.preventDefault(); // else a search field would lose its words
  menu.open = false;
  menu.querySelector("summary").focus();
});

/* ---- new contact: what answering counts as depends on the way they came ---- */
document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("[data-contact]");
  if (!form || target.name !== "channel") return;
  const sign = document.getElementById("contact-live");
  if (sign) sign.hidden = !form.dataset.contact.split(" ").includes(target.value);
});
