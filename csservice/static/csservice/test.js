/* A test that is going on. The time left is counted against the server's clock and spoken three times only;
   what could not be sent is tried again until it is saved. The server decides what is in time. */
import { serverNow } from "./sla.js";
import { announce } from "./words.js";

const AGAIN_MS = 4000;
const SOON_S = 60;
const time = document.getElementById("time-left");
const form = document.getElementById("answer");
const unsaved = document.getElementById("unsaved");
let again = 0;
const key = `left:${window.location.pathname}`; // what was said on one question is not said on the next
let last = Number(stored((place) => place.getItem(key)) ?? Infinity);

function stored(work) {
  try {
    return work(sessionStorage);
  } catch {
    return null; // storage may be forbidden; then a mark may be missed between two pages
  }
}

function leave() {
  window.location.reload(); // closed by the server, which leads to the result
}

function count() {
  const left = Math.floor((Date.parse(time.dataset.deadline) - serverNow()) / 1000);
  if (left < 0) {
    clearInterval(counting);
    setTimeout(leave, 1500);
    return;
  }
  const words = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  time.querySelector("[data-time]").textContent = words;
  time.toggleAttribute("data-soon", left <= SOON_S);
  for (const mark of [600, 300, 60]) {
    if (last > mark && left <= mark && last !== Infinity) announce(time.getAttribute(`data-at-${mark}`));
  }
  last = left;
  stored((place) => place.setItem(key, String(left)));
}

const counting = time ? setInterval(count, 1000) : 0;
if (time) count();

function pending(isPending) {
  unsaved?.toggleAttribute("hidden", !isPending);
  clearTimeout(again);
  if (isPending) again = setTimeout(save, AGAIN_MS);
}

function save() {
  form?.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement !== form) return;
  const status = ctx.response?.status ?? ctx.response?.raw?.status ?? 0;
  pending(status >= 500 || status === 0);
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail?.ctx?.sourceElement === form) pending(true);
});
window.addEventListener("online", () => !unsaved?.hasAttribute("hidden") && save());
