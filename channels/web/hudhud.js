/* What pages can do beside: how much room is left, what is new, what was typed.  All works without. */
(function () {
	'use strict';
	var doc = document, body = doc.body, lang = doc.documentElement.lang, voice, kept;

	function number(n) {
		return n.toLocaleString(lang === 'ar' ? 'ar-u-nu-arab' : lang || undefined);
	}

	/* For who hears the page: when they have time. */
	function say(text) {
		voice.textContent = text;
	}

	/* In characters as people see them, and as the server counts. */
	function size(text) {
		var n = 0, all;

		text = text.replace(/^\s+|\s+$/g, '').normalize('NFC');
		if (!window.Intl || !Intl.Segmenter)
			return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '_').length;
		all = new Intl.Segmenter().segment(text)[Symbol.iterator]();
		while (!all.next().done)
			n++;
		return n;
	}

	/* Nothing is forbidden: the server may have a way to take more. */
	function counter(box) {
		var mark = doc.createElement('span'), told = 3;

		mark.setAttribute('aria-hidden', true);
		box.parentNode.insertBefore(mark, box.nextSibling);
		return function () {
			var left = box.dataset.limit - size(box.value);
			var step = left < 0 ? 0 : left <= 10 ? 1 : left <= 20 ? 2 : 3;

			mark.textContent = box.value && number(left);
			mark.className = step ? 'left' : 'left over';
			if (step < told)
				say(step ? box.dataset.left.replace('#', number(left)) : box.dataset.over);
			told = step;
		};
	}

	/* What was typed stays in this tab until it was sent. */
	function draft(box) {
		var re = box.form.elements.re, key = box.form.action + ' ' + (re ? re.value : '');

		box.value = box.value || kept.getItem(key) || '';
		box.form.addEventListener('submit', function () {
			kept.setItem('sent', key);
		});
		return function () {
			kept.setItem(key, box.value);
		};
	}

	function sent() {
		var way = performance.getEntriesByType('navigation')[0];

		if (!doc.querySelector('.bad, .failed') && !(way && way.type === 'back_forward'))
			kept.removeItem(kept.getItem('sent'));
		kept.removeItem('sent');
		if (!doc.querySelector('.me'))
			kept.clear();
	}

	/* This page as it is now, by the way that everybody goes. */
	function get(then) {
		var ask = new XMLHttpRequest();

		ask.open('GET', location.href);
		ask.responseType = 'document';
		ask.onload = function () {
			if (ask.status === 200)
				then(ask.response);
		};
		ask.send();
	}

	function swap(page) {
		var old = doc.getElementById('addresses'), now = page.getElementById('addresses');

		if (old.textContent === now.textContent)
			return;
		old.parentNode.replaceChild(now, old);
		now = now.querySelector('.good');
		say(now ? now.textContent : '');
	}

	function insert(page) {
		var log = doc.querySelector('.log'), all = page.querySelectorAll('.log > li'), i, one;

		if (!log)
			return location.reload();
		for (i = all.length - 1; i >= 0; i--)
			if (!log.querySelector('[data-pos="' + all[i].dataset.pos + '"]'))
				one = log.insertBefore(all[i], log.firstChild);
		if (one) {
			one.tabIndex = -1;
			one.focus();
		}
	}

	function live() {
		var source, button, n = 0, last = body.dataset.last, log = doc.querySelector('.log, .empty');

		function show() {
			if (!button) {
				button = doc.createElement('button');
				button.className = 'fresh';
				button.onclick = function () {
					button.remove();
					n = button = 0;
					get(insert);
				};
				log.parentNode.insertBefore(button, log);
			}
			button.textContent = body.dataset.new.replace('#', number(n));
			say(button.textContent);
		}
		/* Where nobody looks, somebody else may have the place. */
		function look() {
			if (doc.hidden || source) {
				if (doc.hidden && source)
					source = source.close();
				return;
			}
			source = new EventSource(body.dataset.events + '&last=' + last);
			source.onmessage = function (e) {
				last = e.lastEventId;
				n += +e.data;
				show();
			};
			/* of addresses no event tells which */
			if (doc.getElementById('addresses'))
				source.onopen = source.onmessage = function () {
					get(swap);
				};
		}
		doc.addEventListener('visibilitychange', look);
		look();
	}

	function box(area) {
		var todo = [], i;

		function all() {
			for (i = 0; i < todo.length; i++)
				todo[i]();
		}
		if (kept)
			todo.push(draft(area));
		if (area.dataset.limit)
			todo.push(counter(area));
		area.addEventListener('input', all);
		if (area.value)
			all();
	}

	/* A picture from a camera is made as small as it will be shown: its middle, as a square. */
	function shrink(field) {
		function write(bitmap) {
			var side = Math.min(bitmap.width, bitmap.height), n = Math.min(side, 400), canvas = doc.createElement('canvas');

			if (field.files[0].size <= 204800 && Math.max(bitmap.width, bitmap.height) <= 2048)
				return;
			canvas.width = canvas.height = n;
			canvas.getContext('2d').drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side,
			    0, 0, n, n);
			canvas.toBlob(function (blob) {
				var data = new DataTransfer();

				data.items.add(new File([blob], 'picture.jpg', { type: 'image/jpeg' }));
				field.files = data.files;
			}, 'image/jpeg', 0.85);
		}
		field.addEventListener('change', function () {
			if (field.files[0] && window.createImageBitmap && window.DataTransfer)
				createImageBitmap(field.files[0]).then(write, function () {
					/* no picture: the server says so */
				});
		});
	}

	function start() {
		var areas = doc.querySelectorAll('textarea'), line = navigator.connection, i;

		voice = doc.createElement('p');
		voice.className = 'unseen';
		voice.setAttribute('role', 'status');
		body.appendChild(voice);
		try {
			kept = sessionStorage;
			sent();
		} catch (e) {
			kept = null; /* forbidden */
		}
		for (i = 0; i < areas.length; i++)
			box(areas[i]);
		if (doc.getElementById('picture'))
			shrink(doc.getElementById('picture'));
		if (body.dataset.events && window.EventSource && !(line && line.saveData))
			live();
	}

	try {
		start();
	} catch (e) {
		/* an old browser: the page is all there */
	}
}());
