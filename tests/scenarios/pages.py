"""pages.py - what is asked of every page in a real browser: layout, words, keyboard, WCAG.

Each function looks at the page where the browser is, and returns what is wrong with it as a list of
sentences; an empty list is praise.
"""
from chromium import ENTER, TAB

WIDTHS = (320, 640, 1280)  # 1280 at 400 % and at 200 % zoom, and as it is
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
IN_THE_DARK = ["color-contrast", "link-in-text-block", "target-size"]  # what colours and width may change

# Script runs here though the page may have none: it is the driver's.
LOOK = r"""
const lang = arguments[0], rtl = arguments[1], bad = [];
const html = document.documentElement, all = [...document.querySelectorAll('body *')];
const shown = e => e.checkVisibility() && e.getClientRects().length > 0;
const say = e => '<' + e.tagName.toLowerCase() + (e.className ? '.' + e.className : '') + '> ' +
    (e.textContent || '').trim().slice(0, 40);
if (html.lang !== lang) bad.push('its language is ' + html.lang);
if (getComputedStyle(html).direction !== (rtl ? 'rtl' : 'ltr')) bad.push('it runs the wrong way');
if (!document.title.trim()) bad.push('it has no title');
if (document.compatMode !== 'CSS1Compat') bad.push('quirks mode');
if (document.querySelector('script:not([src]), style, [style]')) bad.push('inline script or style');
for (const e of all)
	for (const a of e.attributes)
		if (a.name.startsWith('on')) bad.push('inline ' + a.name + ' at ' + say(e));
const ids = new Set();
for (const e of document.querySelectorAll('[id]')) {
	if (ids.has(e.id)) bad.push('id ' + e.id + ' is there twice');
	ids.add(e.id);
}
for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
	for (const id of (e.getAttribute('aria-describedby') || e.getAttribute('aria-labelledby')).split(/\s+/))
		if (id && !ids.has(id)) bad.push('nothing has the id ' + id + ' that ' + say(e) + ' names');
for (const f of document.forms)
	if (f.method === 'post' && !f.querySelector('[name=proof]')) bad.push('no proof in the form for ' + f.action);
for (const e of document.querySelectorAll('.said, .bio'))
	if (e.dir !== 'auto') bad.push('no dir=auto at ' + say(e));
for (const e of document.querySelectorAll('time'))
	if (isNaN(Date.parse(e.dateTime))) bad.push('<time> without a time');
const ruled = [...document.styleSheets].every(s => s.cssRules.length > 0);
if (!document.styleSheets.length || !ruled) bad.push('no style sheet');
for (const i of document.images)
	if (shown(i) && i.loading !== 'lazy' && !i.naturalWidth) bad.push('a picture does not load: ' + i.src);
if (rtl) {
	// Where a line of text begins: at the right edge of what holds it.
	for (const e of document.querySelectorAll('h1, h2, h3, label, p, li, legend, dt, dd, th, td')) {
		const style = getComputedStyle(e);
		if (!shown(e) || style.direction !== 'rtl' || !['start', 'right'].includes(style.textAlign) ||
		    !['block', 'list-item'].includes(style.display) || !e.textContent.trim()) continue;
		const range = document.createRange(), box = e.getBoundingClientRect();
		range.selectNodeContents(e);
		const lines = [...range.getClientRects()].filter(r => r.width > 0);
		const edge = Math.max(...lines.map(r => r.right));
		const inner = box.right - parseFloat(style.paddingRight) - parseFloat(style.borderRightWidth);
		if (lines.length && inner - edge > 3) bad.push('begins ' + Math.round(inner - edge) + 'px from the right: ' + say(e));
	}
	for (const e of document.querySelectorAll('.status')) {
		const face = e.querySelector('.face'), said = e.querySelector('.said');
		if (face && said && face.getBoundingClientRect().left < said.getBoundingClientRect().right - 1)
			bad.push('a face is on the left of ' + say(said));
	}
	const brand = document.querySelector('.brand'), nav = document.querySelector('nav');
	if (brand && innerWidth >= 1280) {
		const b = brand.getBoundingClientRect();
		if (nav && b.left < nav.getBoundingClientRect().left) bad.push('the brand is on the left');
	}
}
return bad;
"""

# Letters of another script in what we say ourselves; names, addresses and commands are such.
STRANGE = r"""
const bad = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const own = '.said, .bio, .who, .code, bdi, code, kbd, samp, pre, textarea, option, [dir=ltr], [lang], [translate=no], script, .me';
for (let n; (n = walk.nextNode());) {
	const e = n.parentElement;
	if (e.closest(own) || !e.checkVisibility()) continue;
	const words = n.data.match(/[A-Za-z]{2,}([ ’'-]+[A-Za-z]{2,})+/g) || [];
	if (words.length) bad.push('speaks English: ' + n.data.trim().slice(0, 60));
}
for (const e of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
	for (const a of ['aria-label', 'title', 'placeholder', 'alt'])
		if (/[A-Za-z]{3,} [A-Za-z]{2,}/.test(e.getAttribute(a) || '')) bad.push('speaks English: ' + e.getAttribute(a));
return bad;
"""

WIDE = r"""
const most = document.documentElement.clientWidth, bad = [];
if (document.documentElement.scrollWidth <= most && document.body.scrollWidth <= most) return bad;
const kept = e => e.parentElement && (getComputedStyle(e.parentElement).overflowX !== 'visible' || kept(e.parentElement));
for (const e of document.querySelectorAll('body *')) {
	const r = e.getBoundingClientRect();
	if (kept(e)) continue; // scrolls by itself, as a table may
	if (r.width && (r.right > most + 1 || r.left < -1) && getComputedStyle(e).position === 'static')
		bad.push('<' + e.tagName.toLowerCase() + '.' + e.className + '> ' + e.textContent.trim().slice(0, 30));
}
return bad.length ? bad.slice(0, 3) : ['something'];
"""

FOCUS = r"""
const e = document.activeElement;
if (!e || e === document.body || e === document.documentElement) return null;
const style = getComputedStyle(e), r = e.getBoundingClientRect();
const x = Math.min(Math.max(r.left + r.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(r.top + r.height / 2, 0), innerHeight - 1);
const top = document.elementFromPoint(x, y);
window.__tabs = window.__tabs || [];
// a field for a time has stops inside
const inside = e === window.__tabs.at(-1) && ['time', 'date', 'month', 'week', 'datetime-local'].includes(e.type);
const again = !inside && window.__tabs.includes(e);
window.__tabs.push(e);
return { again, skip: e.classList.contains('skip'),
	name: '<' + e.tagName.toLowerCase() + ' ' + (e.name || e.className || '') + '> ' + e.textContent.trim().slice(0, 30),
	ring: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow.includes('0px 0px 0px'),
	seen: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
	free: !top || e.contains(top) || top.contains(e), inside: !!e.closest('main') };
"""

# Of buttons of a choice the keyboard stops at one.
STOPS = r"""
window.__tabs = [];
const stops = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"])')]
    .filter(e => !e.disabled && e.checkVisibility() && e.tabIndex >= 0);
const radios = new Set(stops.filter(e => e.type === 'radio').map(e => (e.form && e.form.action) + e.name));
return stops.filter(e => e.type !== 'radio').length + radios.size;
"""


def look(b, lang, theirs=False):
    """Bones, words and direction.  ${theirs}: much of it is other people's words, in any language."""
    bad = b.run(LOOK, lang, lang == "ar") + [f"too wide: {e}" for e in b.run(WIDE)]
    if lang != "en" and not theirs:
        bad += b.run(STRANGE)
    return bad


def fits(b):
    """Nothing is cut off, and nobody scrolls sideways: narrow, at 200 % zoom, and with twice as large letters."""
    bad = []
    for width in WIDTHS:
        b.size(width)
        bad += [f"too wide at {width}px: {e}" for e in b.run(WIDE)]
    b.size(640)
    b.cdp("Page.setFontSizes", fontSizes={"standard": 32, "fixed": 26})
    bad += [f"too wide with large letters: {e}" for e in b.run(WIDE)]
    b.cdp("Page.setFontSizes", fontSizes={"standard": 16, "fixed": 13})
    b.size(1280)
    return bad


def by_keyboard(b):
    """Tab goes everywhere, once, and one sees where; the first stop leads past the navigation."""
    bad = []
    b.run("window.scrollTo(0, 0); if (document.activeElement) document.activeElement.blur(); "
          "getSelection().setBaseAndExtent(document.body, 0, document.body, 0); getSelection().removeAllRanges();")
    stops = b.run(STOPS)
    for i in range(3 * stops + 1):
        b.keys(TAB)
        at = b.run(FOCUS)
        if at is None or at["again"]:
            break
        bad += [f"{what}: {at['name']}" for key, what in (
            ("ring", "no ring"), ("seen", "focused out of sight"), ("free", "focused under something")) if not at[key]]
        if i == 0 and not at["skip"]:
            bad.append(f"first is {at['name']}, and not the way past the navigation")
    met = b.run("return new Set(window.__tabs).size")
    if met < stops:
        bad.append(f"Tab meets {met} of {stops}, and ends after {b.run('return window.__tabs.length ? window.__tabs.at(-1).outerHTML : null')}")
    return bad


def skips(b):
    """The way past the navigation: Tab, Enter, Tab, and one is in the text."""
    b.keys(TAB)
    at = b.run(FOCUS)
    if not at or not at["skip"] or not at["seen"]:
        return [f"the first stop is {at}"]
    b.keys(ENTER)
    if b.run("return location.hash") != "#main":
        return ["it leads nowhere"]
    b.keys(TAB)
    at = b.run(FOCUS)
    return [] if at is None or at["inside"] or at["again"] else [f"behind it comes {at['name']}"]


def judge(b, axe, only=None):
    """What axe-core has to say, where scripts run."""
    if not b.script:
        return []
    if not b.run("return typeof axe === 'object'"):
        b.run(axe)
    options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": only} if only
               else {"type": "tag", "values": TAGS}}
    found = b.run_async("const done = arguments[1]; axe.run(document, arguments[0]).then(r => done(r.violations.map("
                        "v => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + "
                        "(n.any[0] ? ' (' + n.any[0].message + ')' : '')).join(' | '))), e => done(['' + e]));", options)
    return found
