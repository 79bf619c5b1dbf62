"""tap.py - report checks as TAP."""
import sys
import traceback

from clients import Lost


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def ok(self, cond, what):
        """One check: ${what} is a sentence that should be true."""
        self.count += 1
        self.bad += not cond
        print(f"{'' if cond else 'not '}ok {self.count} - {what}", flush=True)
        return cond

    def equal(self, got, wanted, what):
        if not self.ok(got == wanted, what):
            print(f"# got {got!r}\n# not {wanted!r}", flush=True)

    def chapter(self, play, *args):
        """Run one part of a scenario; what it loses is one failure, and the next part goes on."""
        try:
            play(*args)
        except Lost as e:
            self.ok(False, f"{play.__name__}: " + str(e).replace("\n", "\n# "))
        except Exception:
            self.ok(False, f"{play.__name__} runs")
            print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)

    def done(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(self.bad != 0)
