/* What the scripts say comes from the page (_parts/words.html), in its language. */
const words = document.getElementById("words")?.dataset ?? {};

/** The words `key` with {name} filled in. */
export function say(key, values = {}) {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (_all, name) => String(values[name] ?? ""));
}

/** 10:44, for "as at". */
export function clock(at = new Date()) {
  return `${at.getHours()}`.padStart(2, "0") + ":" + `${at.getMinutes()}`.padStart(2, "0");
}

function speak(id, text) {
  const region = document.getElementById(id);
  if (!region || !text) return;
  region.textContent = ""; // the same words twice are two announcements
  setTimeout(() => (region.textContent = text), 60);
}

/** Said when the screen reader pauses. */
export const announce = (text) => speak("announce", text);

/** Said at once: lost connection, failed send. Nothing else. */
export const alarm = (text) => speak("alert", text);

document.addEventListener("announce", (event) => announce(event.detail?.value ?? ""));
