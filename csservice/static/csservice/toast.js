/* Done messages: one at a time, 8 s, waiting while one looks at them, with Undo where the server offers it
   (HX-Trigger {"toast": {"text": …, "undo": url}}, or a message tagged "undo:url"). ux.md P6. */
import { announce, say } from "./words.js";

const SHOWN_MS = 8000;

function live(note) {
  let left = SHOWN_MS;
  let since = 0;
  let timer = 0;
  const stop = () => {
    clearTimeout(timer);
    left -= since ? Date.now() - since : 0;
    since = 0;
  };
  const go = () => {
    since = Date.now();
    timer = setTimeout(() => note.remove(), Math.max(1500, left));
  };
  for (const kind of ["pointerenter", "focusin"]) note.addEventListener(kind, stop);
  for (const kind of ["pointerleave", "focusout"]) note.addEventListener(kind, go);
  go();
  announce(note.querySelector("span")?.textContent ?? "");
}

function undoForm(url) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url });
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken" });
  token.value = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const button = Object.assign(document.createElement("button"), { className: "toast-undo", textContent: say("undo") });
  form.append(token, button);
  return form;
}

document.addEventListener("toast", ({ detail }) => {
  const note = Object.assign(document.createElement("div"), { className: "toast-note" });
  note.append(Object.assign(document.createElement("span"), { textContent: detail.text ?? detail.value ?? "" }));
  if (detail.undo) note.append(undoForm(detail.undo));
  const close = Object.assign(document.createElement("button"), { type: "button", className: "btn-close" });
  close.setAttribute("aria-label", say("close"));
  close.dataset.toastClose = "";
  note.append(close);
  document.getElementById("toasts").replaceChildren(note);
  live(note);
});

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-toast-close]")?.closest(".toast-note").remove();
});
document.querySelectorAll("[data-toast]").forEach(live);
