# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# step: how ./dev talks. A step that works is one line; one that fails shows its
# whole output. Everything temporary lies in $scratch, which goes away at exit.

scratch=$(mktemp -d "${TMPDIR:-/tmp}/vmascope-dev.XXXXXX")
trap 'at_exit' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

at_exit() {
	local status=$?

	stop_parts
	rm -rf "$scratch"
	exit "$status"
}

say() {
	printf '%s\n' "$*"
}

complain() {
	printf 'dev: %s\n' "$*" >&2
}

fail() {
	complain "$@"
	exit 1
}

usage() {
	complain "$1; see ./dev help"
	exit 2
}

# quietly WHAT COMMAND…: says what, runs it, shows its output if it fails.
quietly() {
	local what=$1 log=$scratch/step.log

	shift
	say "$what"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		fail "failed: $what"
	fi
}

# in_directory DIRECTORY COMMAND…
in_directory() {
	(cd "$1" && shift && "$@")
}
