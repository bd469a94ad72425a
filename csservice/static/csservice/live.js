/* Refreshing without a socket. `live:tick` is fired on <body>: every 10 s while the tab is seen and used,
   every 30 s when seen but idle, never when hidden, at once on return; 10, 20, 40, 60 s after failures.
   A region says hx-trigger="live:tick from:body" and is answered 204 when nothing changed.
   data-hold on a list: its rows do not move under the pointer or the focus; the new order waits. */
import { alarm, announce, clock, say } from "./words.js";

const USED_S = 120;
const PACE = { used: 10, idle: 30 };
const BACKOFF = [10, 20, 40, 60];
let lastUse = Date.now();
let failures = 0;
let timer = 0;
let lastGood = new Date();

function pause() {
  if (failures) return BACKOFF[Math.min(failures, BACKOFF.length) - 1];
  return Date.now() - lastUse < USED_S * 1000 ? PACE.used : PACE.idle;
}

function plan() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(fire, pause() * 1000);
}

function fire() {
  document.body.dispatchEvent(new CustomEvent("live:tick"));
  plan();
}

for (const kind of ["pointerdown", "keydown", "scroll"]) {
  document.addEventListener(kind, () => (lastUse = Date.now()), { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => {
  lastUse = Date.now();
  if (document.hidden) clearTimeout(timer);
  else fire();
});

/* ---- connection ---- */
function offline(isOff) {
  const strip = document.getElementById("offline");
  if (!strip || strip.hidden === !isOff) return;
  strip.hidden = !isOff;
  if (isOff) alarm(say("offline"));
  else announce(say("online"));
}
window.addEventListener("offline", () => offline(true));
window.addEventListener("online", () => {
  offline(false);
  failures = 0;
  fire();
});
if (!navigator.onLine) offline(true);
document.addEventListener("submit", (event) => {
  if (navigator.onLine || event.target.method !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  alarm(say("notSent"));
}, true);

/* ---- what failed keeps its old content and says so once ---- */
function stripOf(region, make) {
  const before = region.previousElementSibling;
  if (before?.classList.contains("stale-strip")) return before;
  if (!make) return null;
  const strip = document.createElement("p");
  strip.className = "stale-strip";
  region.before(strip);
  return strip;
}

function failed(ctx) {
  const isPoll = ctx.sourceEvent?.type === "live:tick";
  if (isPoll) failures += 1;
  if (ctx.request?.method !== "GET") {
    if (isPoll) return; // "I am looking" was not heard; nothing of mine is lost
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: say("notSent") } }));
    alarm(say("notSent"));
    return;
  }
  const region = ctx.target?.isConnected ? ctx.target : null;
  if (!region) return;
  const isNew = !stripOf(region, false);
  const strip = stripOf(region, true);
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = say("try");
  again.addEventListener("click", () => {
    if (isPoll) fire();
    else location.reload();
  });
  strip.replaceChildren(say("stale", { time: clock(lastGood) }), " ", again);
  if (isNew) alarm(say("stale", { time: clock(lastGood) }));
}

document.addEventListener("htmx:error", ({ detail }) => {
  if (!detail.ctx) return;
  offline(true);
  failed(detail.ctx);
  plan();
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (navigator.onLine) offline(false); // an answer may still come in after the line is gone
  if (status >= 400 && ![409, 412, 422].includes(status)) {
    failed(ctx);
  } else {
    failures = 0;
    lastGood = new Date();
    if (ctx.target?.isConnected) stripOf(ctx.target, false)?.remove();
  }
});

/* ---- a list does not move under the reader ---- */
let held = null;

function order(root) {
  return [...root.querySelectorAll(".q-row")].map((row) => row.id).join();
}

function orderIn(html) {
  return order(new DOMParser().parseFromString(html, "text/html"));
}

function inUse(list) {
  return list.matches(":hover") || list.contains(document.activeElement);
}

export function release() {
  if (!held) return;
  const { ctx, list } = held;
  held = null;
  list.parentElement.querySelector(".order-note")?.remove();
  htmx.swap({ text: ctx.text, target: ctx.target, swap: "innerMorph", sourceElement: ctx.sourceElement });
}

function note(list) {
  if (list.parentElement.querySelector(".order-note")) return;
  const line = document.createElement("p");
  line.className = "stale-strip order-note";
  const sort = document.createElement("button");
  sort.type = "button";
  sort.textContent = say("sortNow");
  sort.addEventListener("click", release);
  line.append(say("orderChanged"), " ", sort);
  list.before(line);
  list.addEventListener("focusout", () => setTimeout(() => inUse(list) || release()), { once: true });
  list.addEventListener("pointerleave", () => inUse(list) || release(), { once: true });
}

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const list = ctx.target?.closest?.("[data-hold]") ?? ctx.target?.querySelector?.("[data-hold]");
  if (!list || ctx.sourceEvent?.type !== "live:tick" || !ctx.text) return;
  if (!inUse(list) || orderIn(ctx.text) === order(ctx.target)) {
    held = null;
    list.parentElement.querySelector(".order-note")?.remove();
    return;
  }
  event.preventDefault();
  held = { ctx, list };
  note(list);
});

plan();
