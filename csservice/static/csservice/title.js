/* The tab's title: "Error: " when something was refused, (2) for replies that I owe now, then the page. */
import { say } from "./words.js";

const MARK = "\u0000";
const [prefix] = say("error", { title: MARK }).split(MARK);
let isRefused = false;
let owed = 0;

function plain() {
  const title = document.title;
  return (prefix && title.startsWith(prefix) ? title.slice(prefix.length) : title).replace(/^\(\d+\) /, "");
}

function write() {
  const wanted = (isRefused ? prefix : "") + (owed ? `(${owed}) ` : "") + plain();
  if (document.title !== wanted) document.title = wanted;
}

export function refused(is) {
  isRefused = is;
  write();
}

export function owing(count) {
  owed = count;
  write();
}
