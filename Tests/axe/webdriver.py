"""A browser, driven: the few commands of the WebDriver protocol that the check needs, spoken to a
chromedriver of its own by the standard library alone."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


class Browser:
    """One headless Chromium with a page; a context manager that ends both of its processes."""

    def __init__(self):
        self._profile = tempfile.mkdtemp(prefix="hub-axe-browser-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._driver = subprocess.Popen(
            ["/usr/bin/chromedriver", f"--port={port}", "--log-level=SEVERE"],
            stdout=subprocess.DEVNULL)
        self._base = f"http://127.0.0.1:{port}"
        self._session = ""

    def __enter__(self):
        try:
            wait_until("chromedriver answers", lambda: self._is_ready())
            arguments = ["--headless=new", "--no-sandbox", "--disable-gpu",
                         "--disable-dev-shm-usage", f"--user-data-dir={self._profile}"]
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": {"args": arguments, "binary": "/usr/bin/chromium"},
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"script": 60_000},
            }
            body = {"capabilities": {"alwaysMatch": wanted}}
            self._session = "/session/" + self._call("POST", "/session", body)["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self._session:
                self._call("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait(20)
            shutil.rmtree(self._profile, ignore_errors=True)

    def open(self, address):
        """Goes to an address and waits for the page to load."""
        self._call("POST", self._session + "/url", {"url": address})

    def run(self, script, *arguments):
        """Runs a function body in the page and gives back what it returns."""
        body = {"script": script, "args": arguments}
        return self._call("POST", self._session + "/execute/sync", body)

    def wait(self, what, condition, seconds=20):
        """Waits until an expression of the page is true."""
        wait_until(what, lambda: self.run(f"return Boolean({condition})"), seconds)

    def device(self, width, height, is_phone, scheme):
        """Makes the window such a screen whose owner prefers such a colour scheme."""
        self._devtools("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "mobile": is_phone,
            "deviceScaleFactor": 2 if is_phone else 1})
        features = [{"name": "prefers-color-scheme", "value": scheme},
                    {"name": "prefers-reduced-motion", "value": "reduce"}]
        self._devtools("Emulation.setEmulatedMedia", {"features": features})

    def screenshot(self):
        """The page as PNG in base64, whole."""
        return self._devtools(
            "Page.captureScreenshot", {"captureBeyondViewport": True})["data"]

    def errors(self):
        """What the page wrote to its console as an error since it was asked last."""
        entries = self._call("POST", self._session + "/se/log", {"type": "browser"})
        return [one["message"] for one in entries if one["level"] == "SEVERE"]

    def _devtools(self, command, parameters):
        body = {"cmd": command, "params": parameters}
        return self._call("POST", self._session + "/goog/cdp/execute", body)

    def _is_ready(self):
        try:
            return self._call("GET", "/status")["ready"]
        except OSError:
            return False

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise RuntimeError(f"{method} {path}: {value['error']}: {value['message']}") from None


def wait_until(what, condition, seconds=20):
    """Asks until the condition holds; raises, naming it, when time is up."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
