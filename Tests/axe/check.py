"""Opens the dashboard in every state that a person can bring it to, on a wide and a narrow screen,
light and dark, and lets axe-core look at each. Prints what it finds; exits with 1 if anything."""

import argparse
import base64
import pathlib
import sys

from business import Business
from webdriver import Browser

SCREENS = [("wide", 1280, 800, False), ("phone", 390, 844, True)]
SCHEMES = ["light", "dark"]
STEPS = ["lead", "opportunity", "order", "decision", "event", "delivery", "feedback", "logs"]
# What opens a state, what shows that it is there, and its name.
VIEWS = [
    ("feed", "document.querySelector('#feed-list .event-row')"),
    ("decisions", "document.querySelector('#decisions-list .decision-row')"),
    ("tasks", "document.querySelector('#tasks-list .task-row')"),
    ("inbox", "document.querySelector('#inbox-list .notification-row')"),
    ("logs", "document.querySelector('#logs-list .log-row')"),
    ("processors", "document.querySelector('#processors-list .processor-row')"),
]
CLICK = "document.querySelector(arguments[0]).click()"
OPEN_ROWS = """
const rows = document.querySelectorAll(arguments[0] + ' details:not([open]) > summary');
[...rows].slice(0, 2).forEach((row) => row.click());
"""
OPEN_ENTRIES = """
document.querySelectorAll('main section').forEach((section) => {
  section.querySelectorAll('.entry')[1].open = true;
});
"""
AXE = """
return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, impact, help, nodes }) => nodes.map((node) => ({
    id, impact, help, target: node.target.join(' '), html: node.html.slice(0, 200),
    summary: node.failureSummary,
  }))));
"""
# What is wider than its place, so that a person must scroll sideways or can't see it.
OVERFLOW = """
return [...document.querySelectorAll('html, .panel-body, .lead-form, .result')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => ({
    id: 'overflow', impact: 'serious', help: 'Nothing is wider than its place',
    target: one.id || one.getAttribute('aria-label') || one.tagName, html: one.className,
    summary: `${one.scrollWidth} pixels in ${one.clientWidth}`,
  }));
"""


class Check:
    """One pass over the page in one browser."""

    def __init__(self, browser, options):
        self.browser = browser
        self.options = options
        self.axe = pathlib.Path(options.axe).read_text(encoding="utf-8")
        self.looks = 0
        self.found = {}

    def look(self, place, name):
        """Runs axe on the page as it stands, and takes its picture if asked to."""
        self.looks += 1
        for one in self.browser.run(AXE) + self.browser.run(OVERFLOW):
            self.found.setdefault((one["id"], one["target"]), (place, name, one))
        self.picture(place, name)

    def picture(self, place, name):
        """Takes the page's picture if asked to."""
        if not self.options.screenshots:
            return
        folder = pathlib.Path(self.options.screenshots)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{place}-{name}.png"
        file.write_bytes(base64.b64decode(self.browser.screenshot()))

    def load(self, fragment):
        """Opens the page anew; the blank one between makes a new fragment a new visit."""
        self.browser.open("about:blank")
        self.browser.open(self.options.hub.rstrip("/") + "/" + fragment)
        self.browser.run(self.axe)

    def signed_out(self, place):
        """The sign-in form, and what it says about a bad token."""
        self.load("")
        self.browser.wait("the sign-in form", "!document.getElementById('sign-in').hidden")
        self.look(place, "sign-in")
        self.browser.run(CLICK, "#token-submit")
        self.browser.wait("an error", "document.getElementById('token-error').textContent")
        self.look(place, "sign-in-error")

    def documentation(self, place):
        """The documentation, closed, all of it open, and the page of a problem."""
        self.load("docs")
        self.browser.wait("the documentation", "document.body.dataset.state === 'ready'")
        self.look(place, "docs")
        self.browser.run(OPEN_ENTRIES)
        self.look(place, "docs-open")
        self.load("problems/duplicate_lead")
        self.browser.wait(
            "the problem", "document.getElementById('problem-duplicate_lead')?.open")
        self.look(place, "problem")

    def signed_in(self, place):
        """Every view and every form."""
        self.load("#token=" + self.options.token)
        self.browser.wait("the page is live", "document.querySelector('[data-state=live]')")
        for name, is_there in VIEWS:
            self.browser.run(CLICK, f"#tab-{name}")
            self.browser.wait(f"rows in {name}", is_there)
            self.look(place, name)
            self.browser.run(OPEN_ROWS, "#" + name)
            self.look(place, name + "-open")
        self.browser.run(CLICK, "#tab-decisions")
        self.browser.run(CLICK, "#decisions [data-show=scores]")
        self.browser.wait("scores", "document.querySelector('#scores-list .score-row')")
        self.browser.run(OPEN_ROWS, "#scores-list")
        self.look(place, "scores")
        for step in STEPS:
            self.browser.run(CLICK, f"#tile-{step}")
            self.browser.run(OPEN_ROWS, ".side")
            self.look(place, "step-" + step)
        self.sent(place)
        self.browser.run(CLICK, "#sign-out")

    def sent(self, place):
        """Forms with errors at their fields, and what the hub answered: records and a problem."""
        for step in ["lead", "opportunity", "order", "feedback"]:
            self.browser.run(CLICK, f"#tile-{step}")
            self.browser.run(CLICK, f"#{step}-submit")
            self.browser.wait(
                "an error at a field", f"document.querySelector('#{step}-form [aria-invalid]')")
            self.look(place, f"step-{step}-errors")
        self.browser.run(CLICK, "#tile-lead")
        self.browser.run("""
            document.getElementById('lead-name').value = 'Asha Rao';
            document.getElementById('lead-email').value = 'lead0@example.test';""")
        for step, outcome in [("lead", "problem"), ("decision", "created"), ("event", "created")]:
            self.browser.run(CLICK, f"#tile-{step}")
            self.browser.run(CLICK, f"#{step}-submit")
            self.browser.wait(f"{outcome} in {step}", f"""
                document.getElementById('{step}-result').dataset.outcome === '{outcome}'""")
            self.look(place, f"step-{step}-sent")

    def report(self):
        """Prints what was found; the number of findings."""
        for (rule, target), (place, name, one) in sorted(self.found.items()):
            print(f"{rule} ({one['impact']}), first in {place} {name}: {one['help']}")
            print(f"    {target}\n    {one['html']}")
            for line in one["summary"].splitlines():
                print("    " + line)
        print(f"axe: {self.looks} states looked at, {len(self.found)} violations")
        return len(self.found)


def main():
    """Fills the hub, looks at everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", required=True, help="address of a running, empty hub")
    parser.add_argument("--token", required=True, help="an administrator's access token")
    parser.add_argument("--axe", required=True, help="axe.min.js")
    parser.add_argument("--screenshots", help="folder for a picture of each state")
    options = parser.parse_args()
    Business(options.hub, options.token).fill()
    with Browser() as browser:
        check = Check(browser, options)
        for screen, width, height, is_phone in SCREENS:
            for scheme in SCHEMES:
                browser.device(width, height, is_phone, scheme)
                check.documentation(f"{screen}-{scheme}")
                check.signed_out(f"{screen}-{scheme}")
                check.signed_in(f"{screen}-{scheme}")
        found = check.report()
        # The duplicate lead is refused on purpose, and Chromium logs what was refused.
        errors = [error for error in browser.errors() if "409 (Conflict)" not in error]
    for error in errors:
        print("console: " + error)
    sys.exit(1 if found or errors else 0)


if __name__ == "__main__":
    main()
