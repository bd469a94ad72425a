/* Forms that post: sent once however often one clicks, and the button says so (data-busy). What is missing is
   said by the server, in the page's summary and language; the browser's own bubbles stay away. */

function free(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[data-label]")) {
    button.querySelector("span")?.replaceChildren(button.dataset.label);
    delete button.dataset.label;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
  const button = event.submitter;
  const words = button?.querySelector("span");
  if (button?.dataset.busy && words) {
    button.dataset.label = words.textContent;
    words.textContent = button.dataset.busy;
  }
}, true);

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement?.closest?.("form");
  if (form) free(form);
});
function own(root) {
  for (const form of root.querySelectorAll("form[method=post], form[hx-post]")) form.noValidate = true;
}

own(document);
document.addEventListener("htmx:after:swap", () => own(document));
// coming back with the Back button finds the form free again
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
