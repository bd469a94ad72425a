/* What one writes in a [data-draft="key"] box is kept on this computer until it is sent: a lost connection,
   a closed drawer or the end of the session loses nothing. [data-draft-state] in the form says so. */
import { announce, clock, say } from "./words.js";

const DELAY_MS = 600;
const person = document.body.dataset.user ?? "";
const timers = new WeakMap();

function name(box) {
  return `draft:${person}:${box.dataset.draft}`;
}

function store(work) {
  try {
    return work(localStorage);
  } catch {
    return null; // storage may be forbidden; then nothing is kept, and nothing is promised
  }
}

function state(box, words) {
  const line = box.form?.querySelector("[data-draft-state]");
  if (line) line.textContent = words;
}

function keep(box) {
  const kept = store((place) => {
    if (box.value.trim()) place.setItem(name(box), box.value);
    else place.removeItem(name(box));
    return true;
  });
  state(box, kept && box.value.trim() ? say("draft", { time: clock() }) : "");
}

function restore(root) {
  for (const box of root.querySelectorAll("[data-draft]")) {
    const text = box.value ? null : store((place) => place.getItem(name(box)));
    if (!text) continue;
    box.value = text;
    state(box, say("restored"));
    announce(say("restored"));
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-draft]")) return;
  clearTimeout(timers.get(target));
  timers.set(target, setTimeout(keep, DELAY_MS, target));
});

function boxes(form) {
  return [...form.querySelectorAll("[data-draft]")];
}

function forget(box) {
  clearTimeout(timers.get(box));
  store((place) => place.removeItem(name(box)));
}

let posted = [];
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement?.closest?.("form");
  posted = form && ctx.request.method !== "GET" ? boxes(form) : [];
  posted.forEach(keep);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status < 300 && !ctx.hx?.redirect?.includes("/login/")) posted.forEach(forget);
  posted = [];
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.isConnected) restore(ctx.target);
});

/* a plain POST: forgotten when the next page shows that it was taken; the sign-in page is not that page */
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (defaultPrevented || target.hasAttribute("hx-post")) return;
  if (target.hasAttribute("data-sign-out")) return store(forgetAll);
  boxes(target).forEach(keep);
  sessionStorage.setItem("sent", JSON.stringify(boxes(target).map(name)));
});

function forgetAll(place) {
  const mine = Object.keys(place).filter((key) => key.startsWith("draft:"));
  mine.forEach((key) => place.removeItem(key));
}

store(() => {
  const sent = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  sessionStorage.removeItem("sent");
  if (document.querySelector(".error-summary")) return;
  sent.forEach((key) => localStorage.removeItem(key));
});
restore(document);
