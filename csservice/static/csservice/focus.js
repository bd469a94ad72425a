/* Where the focus goes after a swap (ux.md P10). A refresh moves nothing; what was refused leads to its
   summary; data-focus names the place; a row that went leads to its neighbour. Never <body>. */
import { refused } from "./title.js";

let neighbours = [];
let lastId = "";
let held = false;

// nobody asked for it: a tick, or a part that the page fetches for itself
function refresh(ctx) {
  return ["live:tick", "load", "intersect"].includes(ctx.sourceEvent?.type);
}

function put(element) {
  if (!element) return false;
  if (!element.matches("a, button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus();
  return document.activeElement === element;
}

document.addEventListener("htmx:before:swap", () => {
  const active = document.activeElement;
  lastId = active?.id ?? "";
  held = Boolean(active) && active !== document.body;
  const row = active?.closest?.(".q-row, [data-row]");
  neighbours = [];
  if (!row) return;
  const rows = [...row.parentElement.children];
  const here = rows.indexOf(row);
  neighbours = [...rows.slice(here), ...rows.slice(0, here).reverse()].map((one) => one.id);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  // a string where the answer named another place (HX-Retarget)
  const target = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target;
  const region = (target?.id && document.getElementById(target.id)) || target;
  if (!region?.isConnected) return;
  const summary = region.querySelector(".error-summary");
  if (!refresh(ctx)) refused(Boolean(summary));
  if (summary && !refresh(ctx)) return put(summary);
  const named = refresh(ctx) ? null : region.querySelector("[data-focus]");
  if (named) return put(named);
  if (document.activeElement && document.activeElement !== document.body) return;
  if (refresh(ctx) && !held) return;
  const rows = neighbours.map((id) => id && document.getElementById(id)?.querySelector("a, button"));
  return (
    put(lastId && document.getElementById(lastId)) ||
    put(rows.find(Boolean)) ||
    put(region.querySelector("h1, h2, h3")) ||
    put(document.getElementById("main"))
  );
});

// a page that came back with errors after a plain POST
const summary = document.querySelector(".error-summary");
if (summary) {
  put(summary);
  refused(true);
}

// links of the summary put the cursor into the field, also into the first of several choices
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
});
