/* data-copy="id of a field": its text goes to the clipboard; where that is not allowed it is selected. */
import { announce } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    return; // not a secure origin, or not allowed: the text is selected, Ctrl+C takes it
  }
  announce(button.dataset.copied);
  button.querySelector("span").textContent = button.dataset.copied;
});
