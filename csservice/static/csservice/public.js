/* The few scripts of pages outside the desk: sign-in and the customers' pages. */
import "./dialogs.js";
import "./forms.js";
import "./focus.js";
import "./toast.js";

// what was written before the session ended was not sent: drafts.js shall give it back
try {
  if (location.pathname.includes("/login/")) sessionStorage.removeItem("sent");
} catch {
  // storage may be forbidden
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-reveal]");
  const box = button && document.getElementById(button.dataset.reveal);
  if (!box) return;
  const isShown = box.type === "password";
  box.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
});

document.addEventListener("keyup", (event) => {
  const note = document.getElementById("caps-note");
  if (note && event.target.type === "password") note.hidden = !event.getModifierState?.("CapsLock");
});

// an account of the demonstration fills the form; it does not send it
document.addEventListener("click", (event) => {
  const account = event.target.closest?.("[data-account]");
  if (!account) return;
  document.getElementById("id_login").value = account.dataset.account;
  document.getElementById("id_password").value = account.dataset.password;
  document.querySelector(".sign-in button[type=submit]").focus();
});
