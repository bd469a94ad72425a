/* Before the style sheets, so that no page flashes in the wrong theme. The button in the bar wins until the
   person's preference changes; then the preference; then the system. */
(function () {
  var root = document.documentElement;
  var preferred = root.dataset.theme || "";
  var chosen = preferred;
  try {
    var pressed = (localStorage.getItem("theme") || "").split("|");
    if (pressed[0] && pressed[1] === preferred) chosen = pressed[0];
  } catch (blocked) {
    chosen = preferred;
  }
  if (chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)) {
    root.setAttribute("data-bs-theme", "dark");
  }
  root.classList.add("js");
})();
