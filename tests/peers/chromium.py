"""chromium.py - a real browser for tests: Chromium, driven over WebDriver by the standard library.

    with Browser(folder, "http://127.0.0.1:8080", language="ar", script=False) as b:
        b.go("/login")
        b.fill("/login", name="alice", password="…")
        b.press("/login")
        b.picture("login.png")
        assert not b.trouble()

A browser has a profile of its own, speaks to nobody but 127.0.0.1, and ends with the test, by process id.
"""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

PATIENCE = 60.0  # seconds that anything may take
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how WebDriver names one
TAB, ENTER, SPACE, SHIFT, ESCAPE = "\ue004", "\ue007", " ", "\ue008", "\ue00c"

# No sandbox: tests run as root in containers, and read only what we serve.  Nothing of its own accord:
# a browser that looks for updates, suggestions or safe sites would ask others.
FLAGS = """--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu --no-first-run --no-default-browser-check
    --disable-background-networking --disable-component-update --disable-sync --disable-default-apps
    --disable-extensions --disable-domain-reliability --disable-client-side-phishing-detection --disable-breakpad
    --disable-search-engine-choice-screen --metrics-recording-only --no-pings --no-proxy-server --hide-scrollbars
    --password-store=basic --use-mock-keychain --font-render-hinting=none --force-color-profile=srgb
    --disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,InterestFeedContentSuggestions,SegmentationPlatform
""".split()
FOREIGN = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class Fault(Exception):
    """What the driver says is wrong; .kind is WebDriver's word for it."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message.splitlines()[0] if message else ''}")
        self.kind = kind


class Driver:
    """chromedriver, and one connection to it."""

    def __init__(self, folder):
        self.log = open(f"{folder}/chromedriver.log", "wb")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "chromedriver", "--port=0"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, start_new_session=True, env={
                **os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder, "TMPDIR": folder})
        self.port = None
        for line in self.process.stdout:
            if found := re.search(rb"successfully on port (\d+)", line):
                self.port = int(found.group(1))
                break
        if self.port is None:
            raise Fault("no driver", "chromedriver does not start")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, method, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        self.line.request(method, path, body, {"Content-Type": "application/json"})
        value = json.loads(self.line.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise Fault(value["error"], value.get("message", ""))
        return value

    def close(self):
        self.line.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:  # what it has started is in its group; the group's number is ours
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


class Browser:
    """One window of one browser.  ${base}: the origin that it may speak to."""

    def __init__(self, folder, base, language="en", script=True, width=1280, height=800):
        self.folder, self.base, self.script = folder, base.rstrip("/"), script
        os.makedirs(folder, exist_ok=True)
        self.driver = Driver(folder)
        prefs = {"intl.accept_languages": language, "credentials_enable_service": False,
                 "profile.password_manager_enabled": False, "safebrowsing.enabled": False}
        flags = FLAGS + [f"--user-data-dir={folder}/profile", f"--host-resolver-rules={FOREIGN}",
                         f"--accept-lang={language}", f"--lang={language}", "about:blank"]
        options = {"binary": "/usr/bin/chromium", "args": flags, "prefs": prefs,
                   "perfLoggingPrefs": {"enableNetwork": True, "enablePage": False}}
        try:
            session = self.driver.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options, "unhandledPromptBehavior": "ignore",
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        except BaseException:
            self.driver.close()
            raise
        self.at = f"/session/{session['sessionId']}"
        self.ask("timeouts", script=int(PATIENCE * 1000), pageLoad=int(PATIENCE * 1000))
        self.size(width, height)
        self.asked, self.said = [], []  # requests and console lines since trouble()
        if not script:
            self.cdp("Emulation.setScriptExecutionDisabled", value=True)

    # -- the wire

    def ask(self, what, **data):
        return self.driver.ask("POST", f"{self.at}/{what}", data)

    def cdp(self, command, **params):
        """A command of Chromium's own protocol."""
        return self.ask("goog/cdp/execute", cmd=command, params=params)

    def run(self, script, *args):
        """What the function body ${script} returns, run in the page with ${args}."""
        return self.ask("execute/sync", script=script, args=list(args))

    def run_async(self, script, *args):
        """The same for one that calls its last argument when it is done."""
        return self.ask("execute/async", script=script, args=list(args))

    # -- the window

    def size(self, width, height=800, scale=1):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                 mobile=False)
        self.width = width

    def media(self, **features):
        """Emulate preferences of people: media(prefers_color_scheme="dark")."""
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": k.replace("_", "-"), "value": v} for k, v in features.items()])

    def picture(self, path):
        """The whole page as a PNG file."""
        box = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        data = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": self.width, "height": min(max(box["height"], 1), 6000), "scale": 1})["data"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    # -- places

    def go(self, path):
        self.ask("url", url=urllib.parse.urljoin(self.base + "/", path))

    @property
    def path(self):
        parts = urllib.parse.urlsplit(self.driver.ask("GET", f"{self.at}/url"))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def html(self):
        return self.driver.ask("GET", f"{self.at}/source")

    def cookies(self):
        return {c["name"]: c["value"] for c in self.driver.ask("GET", f"{self.at}/cookie")}

    def forget(self):
        """Be a stranger again."""
        self.driver.ask("DELETE", f"{self.at}/cookie")

    # -- elements

    def find(self, css):
        return self.ask("element", using="css selector", value=css)[ELEMENT]

    def has(self, css):
        return bool(self.ask("elements", using="css selector", value=css))

    def text(self, css="body"):
        return self.driver.ask("GET", f"{self.at}/element/{self.find(css)}/text")

    def active(self):
        return self.driver.ask("GET", f"{self.at}/element/active")[ELEMENT]

    def click(self, css):
        """Click on what leads to another page, and wait for that."""
        element = self.find(css)
        # the driver itself does not find what stands far out in a table that scrolls to the left
        self.run("arguments[0].scrollIntoView({block: 'nearest', inline: 'center'})", {ELEMENT: element})
        self.leave(lambda: self.ask(f"element/{element}/click"))

    def leave(self, act):
        """Do ${act}, and wait until this page is gone and the next one is there."""
        old = self.find("html")
        act()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.driver.ask("GET", f"{self.at}/element/{old}/name")
            except Fault as e:
                if e.kind == "unexpected alert open":
                    raise
                return self.settle(end)  # whatever else is said of it: it is another page's
            time.sleep(0.01)
        raise Fault("timeout", f"still on {self.path}")

    def settle(self, end):
        while time.monotonic() < end:
            try:
                if self.run("return document.readyState") == "complete":
                    return
            except Fault as e:  # between two pages
                if e.kind == "unexpected alert open":
                    raise
            time.sleep(0.01)
        raise Fault("timeout", f"{self.path} does not come to its end")

    def keys(self, text):
        """Press keys, one after the other, wherever the focus is."""
        steps = [{"type": t, "value": c} for c in text for t in ("keyDown", "keyUp")]
        self.ask("actions", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def chord(self, held, key):
        steps = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)]
        self.ask("actions", actions=[{"type": "key", "id": "keys", "actions": [
            {"type": t, "value": c} for t, c in steps]}])

    # -- forms, by where they go

    def form(self, action):
        """A selector of the form that goes to ${action}, or to ${action} with a value of a button: "/bob follow"."""
        return f'form[action="{action}"]'

    def fill(self, action, **fields):
        """Type into fields as a person does; True and False are boxes to tick, options are chosen by value."""
        for name, value in fields.items():
            css = f'{self.form(action)} [name="{name}"]:not([type=hidden])'
            element = self.find(css)
            kind = self.driver.ask("GET", f"{self.at}/element/{element}/property/type")
            if kind in ("checkbox", "radio"):
                css = css if value in (True, False) else f'{css}[value="{value}"]'
                element = self.find(css)
                if self.driver.ask("GET", f"{self.at}/element/{element}/selected") != bool(value):
                    self.ask(f"element/{element}/click")
            elif kind.startswith("select"):
                self.ask(f'element/{self.find(css + f" option[value={json.dumps(value)}]")}/click')
            elif kind == "time":  # how one types into it is the browser's affair, in each language
                self.run("arguments[0].value = arguments[1]", {ELEMENT: element}, value)
            elif kind == "file":
                self.ask(f"element/{element}/value", text=value)
            else:
                self.ask(f"element/{element}/clear")
                self.ask(f"element/{element}/value", text=value)

    def press(self, action, button="button:not([type=button]), input[type=submit]"):
        self.click(", ".join(f"{self.form(action)} {b.strip()}" for b in button.split(",")))

    def send(self, action, **fields):
        self.fill(action, **fields)
        self.press(action)

    # -- what went on behind the page

    def listen(self):
        """Read the browser's logs."""
        self.said += [e for e in self.ask("se/log", type="browser")]
        for entry in self.ask("se/log", type="performance"):
            m = json.loads(entry["message"])["message"]
            if m["method"] == "Network.requestWillBeSent":
                self.asked.append((m["params"]["request"]["url"], m["params"].get("type", "")))

    def requests(self):
        """What the pages have asked for since this or trouble() was called: (URL, kind)."""
        self.listen()
        asked, self.asked = self.asked, []
        return asked

    def trouble(self, expect=()):
        """What a page should not have done since the last call: lines of its console, requests to others.
        ${expect}: statuses that a page itself may have had."""
        self.listen()
        own = {f"{status}" for status in expect}
        bad = [f"asks {u[:200]}" for u, _ in self.asked
               if not u.startswith((self.base + "/", "data:", "about:", "chrome:")) and u != self.base]
        for e in self.said:
            answered = re.search(r"the server responded with a status of (\d+)", e["message"])
            if e["source"] == "network" and answered and answered.group(1) in own:
                continue
            if e["level"] in ("WARNING", "SEVERE"):
                bad.append(f"{e['source']}: {e['message'][:400]}")
        self.asked, self.said = [], []
        return bad

    def close(self):
        try:
            self.driver.ask("DELETE", self.at)
        except (Fault, OSError, http.client.HTTPException, ValueError):
            pass
        self.driver.close()
        shutil.rmtree(f"{self.folder}/profile", ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
