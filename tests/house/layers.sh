#!/bin/bash
# Who may include whom: base < conf < store < gateway < channels; gateway/main.c alone looks up.
. "$top_srcdir/tests/house/house.sh"

# judge ALLOWED FILE...: headers of ours that do not match the pattern
judge() {
	local allowed=$1
	shift
	includes '"' "$@" | awk -F: -v allowed="^($allowed)" '$3 !~ allowed {
		print $1 ":" $2 ": may not include " $3 }'
}
room() { # FOLDER, without sub-folders and without FILE...
	local folder=$1 f skip
	shift
	for f in "$folder"/*.[ch]; do
		for skip; do [ "$f" = "$skip" ] && continue 2; done
		echo "$f"
	done
}

ok "base includes itself" judge 'base/' $(room base)
ok "conf includes base and itself" judge '(base|conf)/' $(room conf)
ok "store includes base, conf and itself" judge '(base|conf)/|store/[^/]*$' $(room store store/drivers.c)
for driver in store/*/; do
	ok "${driver%/} includes the store, not another driver" \
		judge "(base|conf)/|store/[^/]*\$|$driver" $(sources "$driver")
done
ok "gateway includes no channel" judge '(base|conf|store|gateway)/' $(room gateway gateway/main.c)
ok "gateway/main.c looks up to the table of channels only" \
	judge '(base|conf|store|gateway)/|channels/channels.h$' gateway/main.c
ok "the table of channels knows the contract only" \
	judge 'gateway/channel.h$|channels/channels.h$' channels/channels.c channels/channels.h

# A channel whose kind has no .core runs in a process of its own, and sees no store.
for folder in channels/*/; do
	kind=$(basename "$folder")
	if grep -qE '^[[:space:]]*\.core = &' "$folder"*.c; then
		ok "$kind, in the core, includes no other channel" \
			judge "(base|conf|store|gateway)/|$folder" $(sources "$folder")
	else
		ok "$kind, in its process, includes base, conf and gateway/channel.h" \
			judge "base/|conf/(conf|price).h\$|gateway/channel.h\$|$folder" $(sources "$folder")
	fi
done

# Includes name their room, so that the above sees them all.
stray() {
	includes '"' $(sources base conf store gateway channels) | awk -F: '
		$3 !~ /^(base|conf|store|gateway|channels)\// { print $1 ":" $2 ": no room in " $3 }'
}
ok "an include of ours begins with its room" stray
done_testing
