/* A link with data-drawer opens its page's part in a drawer; without a script it is a page. The first field
   gets the focus at once, Esc closes, the focus returns to the link. What is typed while the part is on its way
   is written into the first field: who is used to it presses N and types on. The server closes the drawer with
   HX-Trigger: drawer:close. */
const drawer = document.getElementById("drawer");
const body = document.getElementById("drawer-body");
let opener = null;
let inside = null; // what had the focus last
let ahead = null; // what was typed before the part came; null when none is awaited

function firstField() {
  const marked = body.querySelector("[data-focus], [autofocus]");
  return marked ?? body.querySelector("input:not([type=hidden]), select, textarea, button, a[href]");
}

function panel() {
  return window.tabler.Offcanvas.getOrCreateInstance(drawer);
}

function begin() {
  const field = firstField();
  field?.focus({ preventScroll: true });
  if (!ahead || !field?.matches("textarea, input:not([type]), input[type=text], input[type=search]")) return;
  field.value += ahead;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

async function open(link) {
  opener = link;
  inside = null;
  ahead = "";
  const url = link.dataset.drawer || link.href;
  await htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML", source: drawer });
  if (!body.childElementCount) {
    ahead = null;
    location.assign(link.href);
    return;
  }
  const heading = body.querySelector("h1, h2");
  drawer.setAttribute("aria-label", heading?.textContent.trim() ?? link.textContent.trim());
  panel().show();
  begin();
  ahead = null;
}

if (drawer) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-drawer]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (event) => {
    if (ahead === null || event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    ahead += event.key;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  drawer.addEventListener("focusin", ({ target }) => {
    if (target !== drawer) inside = target;
  });
  // at the end of its slide the panel takes the focus for itself
  drawer.addEventListener("shown.bs.offcanvas", () => (inside?.isConnected ? inside : firstField())?.focus());
  drawer.addEventListener("hidden.bs.offcanvas", () => {
    body.replaceChildren();
    (opener?.isConnected ? opener : document.getElementById("main")).focus();
  });
  document.addEventListener("drawer:close", () => panel().hide());
}
