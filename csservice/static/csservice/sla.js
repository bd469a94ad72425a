/* One timer counts every running chip of the page against the server's clock.
   Ticking is silent. #announce speaks only when one of my tickets (a row with data-mine) reaches one
   minute left or passes the promise: once per ticket and threshold, merged per tick (ux.md 3.3). */
import { owing } from "./title.js";
import { announce, say } from "./words.js";

const WORKING_DAY_S = 8 * 3600;
let low = -Infinity; // the server's clock minus ours, in ms, lies between low and high
let high = Infinity;

/** Learn from an answer: the server read `serverMs` (+ up to `slackMs`) between `sentMs` and `gotMs`. */
export function learn(serverMs, sentMs, gotMs, slackMs) {
  const from = serverMs - gotMs;
  const to = serverMs + slackMs - sentMs;
  if (!Number.isFinite(from) || !Number.isFinite(to)) return;
  const nested = Math.max(low, from) <= Math.min(high, to);
  low = nested ? Math.max(low, from) : from; // a clock that jumped starts anew
  high = nested ? Math.min(high, to) : to;
}

/** The server's time now, in ms. */
export function serverNow() {
  return Date.now() + (Number.isFinite(low) ? (low + high) / 2 : 0);
}

function learnFromThisPage() {
  const visit = performance.getEntriesByType("navigation")[0];
  const said = Number(document.body.dataset.now) * 1000;
  if (!said || !visit || (visit.type === "back_forward" && visit.transferSize === 0)) return;
  const start = Date.now() - performance.now(); // not timeOrigin: the clock may have been set since
  learn(said, start + visit.requestStart, start + visit.responseStart, 0);
}

function mmss(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function span(seconds) {
  if (seconds < 600) return mmss(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say("minutes", { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say("hours", { hours, minutes: minutes % 60 });
  return say("days", { days: Math.floor(hours / 24), hours: hours % 24 });
}

function stateOf(left, chip) {
  if (left < 0) return "late";
  if (left <= Number(chip.dataset.urgent)) return "urgent";
  return left <= Number(chip.dataset.soon) ? "soon" : "ok";
}

const known = new Map(); // ticket -> the state of its five minutes when last seen

function crossed(row, chip, state) {
  const ticket = row.id || row.dataset.ticket;
  const before = known.get(ticket);
  known.set(ticket, state);
  const told = state === "urgent" || state === "late";
  if (!before || before === state || !told || !("mine" in row.dataset)) return "";
  const subject = row.querySelector("[data-subject], .q-sub")?.textContent.trim() ?? "";
  return say(state === "late" ? "past" : "oneMinute", { subject });
}

function draw(chip, now) {
  const left = (Date.parse(chip.dataset.due) - now) / 1000;
  const state = stateOf(left, chip);
  const text = chip.querySelector(".sla-t");
  const whole = Math.floor(left);
  if (left < WORKING_DAY_S) {
    const follows = chip.dataset.metric === "next_response";
    const words =
      left < 0
        ? say(follows ? "replyLate" : "late", { time: span(-whole) })
        : say(follows ? "replyLeft" : "left", { time: span(whole) });
    if (text.textContent !== words) text.textContent = words;
  }
  if (chip.dataset.s !== state) {
    chip.className = `sla sla-${state}`;
    chip.dataset.s = state;
  }
  const row = chip.closest(".q-row, [data-ticket]");
  if (!row) return "";
  const edge = [...row.querySelectorAll(".sla[data-due]")].some((one) =>
    ["urgent", "late"].includes(one.dataset.s),
  );
  row.toggleAttribute("data-u", edge);
  return chip.dataset.metric === "first_response" ? crossed(row, chip, state) : "";
}

function owed() {
  const late = '.sla[data-metric="first_response"]:is([data-s="urgent"], [data-s="late"])';
  const rows = [...document.querySelectorAll("[data-mine]")].filter((row) => row.querySelector(late));
  return new Set(rows.map((row) => row.id || row.dataset.ticket)).size;
}

function tick() {
  const now = serverNow();
  const said = [...document.querySelectorAll(".sla[data-due]")].map((c) => draw(c, now)).filter(Boolean);
  if (said.length && document.body.dataset.announce !== "off") {
    announce(said.length > 2 ? say("many", { count: said.length }) : said.join(" "));
  }
  owing(owed());
}

const sent = new WeakMap();
document.addEventListener("htmx:before:request", ({ detail }) => sent.set(detail.ctx, Date.now()));
document.addEventListener("htmx:after:request", ({ detail }) => {
  const at = Date.parse(detail.ctx.response?.headers.get("Date") ?? "");
  if (sent.has(detail.ctx)) learn(at, sent.get(detail.ctx), Date.now(), 1000);
});
document.addEventListener("htmx:after:swap", tick);

learnFromThisPage();
tick();
setInterval(tick, 1000);
