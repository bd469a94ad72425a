"""How a page is looked at: by axe in each theme and width, and with a measure."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}
HEIGHTS = {1440: 900, 390: 844, 320: 700}
# Each theme at each width, in one language or the other.
LOOKS = {
    "en": (("light", 1440), ("dark", 390)),
    "zh-hans": (("dark", 1440), ("light", 390)),
}
THEME = """theme => {
  if (theme === 'dark') document.documentElement.dataset.bsTheme = 'dark';
  else delete document.documentElement.dataset.bsTheme;
  document.getAnimations().forEach((change) => change.finish());
}"""
WIDEST = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('main *')].filter(
    (one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.table-responsive')
  ).map((one) => one.tagName + '.' + one.className).slice(0, 4).concat('wider than the window')"""
SMALL = """least => [...document.querySelectorAll(
  'a[href], button, select, textarea, summary, input:not([type=hidden])')].filter(one => {
  if (!one.checkVisibility({visibilityProperty: true})) return false;
  if (one.closest('.visually-hidden, .skip-link')) return false;
  const target = one.matches('[type=radio], [type=checkbox]') ? one.closest('label') ?? one : one;
  const isInText = target.matches('a') && getComputedStyle(target).display === 'inline';
  const {width, height} = target.getBoundingClientRect();
  return !isInText && width > 1 && (width < least - 0.5 || height < least - 0.5);
}).map(one => one.outerHTML.slice(0, 140))"""


def wear(page: Page, theme: str, width: int) -> None:
    """Another theme and width of the page as it stands: both are the style sheets' alone."""
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    page.evaluate(THEME, theme)


def faults(page: Page, within: str = "html") -> list[str]:
    """What axe finds. Only the violations come back: all it looked at takes three times as long."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    run = "([place, rules]) => axe.run(place, rules).then(all => all.violations)"
    found = page.evaluate(run, [within, RULES])
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"][:3]]


def looked_at(page: Page, language: str) -> list[str]:
    """What is wrong with the page in the looks of its language, and where it is too wide."""
    found = []
    for theme, width in LOOKS[language]:
        wear(page, theme, width)
        found += [f"{page.url} {theme} {width}: {fault}" for fault in faults(page)]
    wear(page, "light", 320)
    wide = page.evaluate(WIDEST)
    return found + ([f"{page.url} 320: {wide}"] if wide else [])
