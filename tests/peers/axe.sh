#!/bin/bash
# axe.sh FOLDER - says where axe-core is, which judges pages by the rules of WCAG; fetches it into FOLDER
# if it is not there yet, from wherever this machine's npm gets packages, and only if it is the very same.
name=axe-core version=4.14.1
sum='FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=='
folder=$1/$name-$version
script=$folder/axe.min.js

if [ ! -e "$script" ]; then
	mkdir -p "$1" && new=$(mktemp -d "$1/npm.XXXXXX") || exit 1
	trap 'rm -rf "$new"' EXIT
	npm pack --silent --cache "$new/cache" --pack-destination "$new" "$name@$version" >"$new/log" 2>&1 ||
		{ cat "$new/log" >&2; exit 1; }
	got=$(openssl dgst -sha512 -binary "$new/$name-$version.tgz" | base64 -w0)
	[ "$got" = "$sum" ] || { echo "$name-$version.tgz is another one: sha512-$got" >&2; exit 1; }
	tar -xzf "$new/$name-$version.tgz" -C "$new" package/axe.min.js package/LICENSE &&
		{ mv "$new/package" "$folder" 2>/dev/null || [ -e "$script" ]; } || exit 1
fi
echo "$script"
