/* "Are you sure" for what cannot be undone: hx-confirm on htmx forms, data-confirm on plain ones. Beside it
   the choice of theme, which belongs to the page and not to a form. */
import { say } from "./words.js";

function ask(question, done) {
  const sheet = Object.assign(document.createElement("dialog"), { className: "sheet" });
  const heading = Object.assign(document.createElement("h2"), { id: "ask-h", textContent: question });
  sheet.setAttribute("aria-labelledby", "ask-h");
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "sheet-actions" });
  for (const [value, words, css] of [["no", say("cancel"), "btn"], ["yes", say("sure"), "btn btn-danger"]]) {
    form.append(Object.assign(document.createElement("button"), { value, textContent: words, className: css }));
  }
  sheet.append(heading, form);
  sheet.addEventListener("close", () => {
    sheet.remove();
    done(sheet.returnValue === "yes");
  });
  document.body.append(sheet);
  sheet.showModal();
}

document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  ask(ctx.confirm, (isSure) => (isSure ? issueRequest() : dropRequest()));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.confirmed) {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(question, (isSure) => {
    if (!isSure) return;
    form.dataset.confirmed = "1";
    form.requestSubmit(event.submitter ?? undefined);
  });
}, true);

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-theme-toggle]")) return;
  const root = document.documentElement;
  const isDark = root.dataset.bsTheme === "dark";
  if (isDark) delete root.dataset.bsTheme;
  else root.dataset.bsTheme = "dark";
  try {
    localStorage.setItem("theme", `${isDark ? "light" : "dark"}|${root.dataset.theme ?? ""}`);
  } catch {
    // storage may be forbidden; the choice then lasts for this page
  }
  document.dispatchEvent(new CustomEvent("themechange"));
});
