#!/usr/bin/python3
"""What the service says to people: translated whole, places kept, and short enough for one text."""
import glob
import os
import re
import sys

top = os.environ.get("top_srcdir", ".")
count = bad = 0
GSM = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
       "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
DOUBLE = "^{}\\[~]|€"
# The longest of each that must still fit; the operator's name and URL may be longer, at their cost.  Lists
# go on by "more": one item must fit.
WIDEST = {
    "name": "abcdefghijklmno", "names": "abcdefghijklmno", "words": "unprotect", "n": "99", "word": "unprotect",
    "text": "unprotect" + "x" * 20, "kind": "email", "site": "Hudhud", "url": "https://gw.example",
    "link": "https://gw.example/export/" + "x" * 26, "pin": "47110815", "peer": "+4915000000001",
    "address": "somebody@mail.example",
    "code": "1234 5678", "over": "2240", "most": "140", "end": "x" * 16, "what": "x" * 12, "list": "12 by chat, 3 by text", "followers ": "", "grace": "30", "place": "2", "all": "3", "state": "failing: what was sent here came back", "statuses": "1,234 statuses", "followers": "1,234 followers",
    "following": "follows 1,234", "count": "99", "more": "99", "order": "xmpp when there for mentions 99 a day",
    "time": "15:04", "zone": "America/Indiana/Indianapolis", "from": "22:00", "to": "07:00",
}


def ok(good, what):
    global count, bad
    count += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}".replace("\n", " "))


def unquote(lines):
    return "".join(re.sub(r'\\(.)', lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), s)
                   for s in re.findall(r'"((?:[^"\\]|\\.)*)"', lines))


def marked(path):
    with open(path, encoding="utf-8") as f:
        for m in re.finditer(r'\bN_\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)', f.read()):
            yield unquote(m.group(1))


def catalogue(path):
    with open(path, encoding="utf-8") as f:
        found = re.findall(r'^msgid((?:\s*"(?:[^"\\]|\\.)*")+)\s*msgstr((?:\s*"(?:[^"\\]|\\.)*")+)',
                           f.read(), re.M)
    return {unquote(i): unquote(s) for i, s in found}


def fits(text):
    if all(c in GSM or c in DOUBLE for c in text):
        return len(text) + sum(c in DOUBLE for c in text), 160
    return len(text.encode("utf-16-le")) // 2, 70


def filled(text):
    return re.sub(r"\{(\w+)\}", lambda m: WIDEST.get(m.group(1), m.group(0)), text)


said = {s for f in glob.glob(top + "/gateway/*.c") for s in marked(f)}
shown = {s for f in glob.glob(top + "/channels/*/*.c") for s in marked(f)}
ok(len(said) > 50, "the gateway has texts")
mails = {s for s in marked(top + "/gateway/render.c")}
for s in sorted(said - mails):
    size, most = fits(filled(s))
    ok(size <= most, f"one text holds ({size} of {most}): {s}")
ok(all(m in WIDEST for s in said for m in re.findall(r"\{(\w+)\}", s)), "every place is known here")
for lang in ("ar", "ja"):
    texts = catalogue(f"{top}/po/{lang}.po")
    for s in sorted(said | shown):
        t = texts.get(s, "")
        ok(t != "", f"{lang} has: {s}")
        ok(set(re.findall(r"\{\w+\}", s)) == set(re.findall(r"\{\w+\}", t)), f"{lang} keeps places")
        size, most = fits(filled(t))
        if s in said - mails:
            ok(size <= most, f"{lang}: one text holds ({size} of {most}): {t}")
print(f"1..{count}")
sys.exit(bad != 0)
