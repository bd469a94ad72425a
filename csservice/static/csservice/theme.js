/* Before the style sheets, so that no page flashes in the wrong theme: the person's choice, else the system's. */
(function () {
  var root = document.documentElement;
  var chosen = root.dataset.theme;
  try {
    chosen = chosen || localStorage.getItem("theme");
  } catch (blocked) {
    chosen = chosen || "";
  }
  if (chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)) {
    root.setAttribute("data-bs-theme", "dark");
  }
  root.classList.add("js");
})();
