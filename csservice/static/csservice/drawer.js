/* A link with data-drawer opens its page's part in a drawer; without a script it is a page. The first field
   gets the focus, Esc closes, the focus returns to the link. The server closes it with HX-Trigger: drawer:close. */
const drawer = document.getElementById("drawer");
const body = document.getElementById("drawer-body");
let opener = null;

function firstField() {
  const marked = body.querySelector("[data-focus], [autofocus]");
  return marked ?? body.querySelector("input:not([type=hidden]), select, textarea, button, a[href]");
}

function panel() {
  return window.tabler.Offcanvas.getOrCreateInstance(drawer);
}

async function open(link) {
  opener = link;
  const url = link.dataset.drawer || link.href;
  await htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML", source: drawer });
  if (!body.childElementCount) {
    location.assign(link.href);
    return;
  }
  const heading = body.querySelector("h1, h2");
  drawer.setAttribute("aria-label", heading?.textContent.trim() ?? link.textContent.trim());
  panel().show();
}

if (drawer) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-drawer]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
  drawer.addEventListener("shown.bs.offcanvas", () => firstField()?.focus());
  drawer.addEventListener("hidden.bs.offcanvas", () => {
    body.replaceChildren();
    (opener?.isConnected ? opener : document.getElementById("main")).focus();
  });
  document.addEventListener("drawer:close", () => panel().hide());
}
