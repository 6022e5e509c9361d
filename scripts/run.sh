# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run: ./dev run (this machine, live) and ./dev demo (a recording).

collector=$root/build/collector/vmascope-collector
server=$root/build/server/vmascope-server
recording=$root/tests/recordings/demo.vmascope

# Sets port, and db to the arguments that name the database (none: the default).
parse_run() {
	port=8080
	db=()
	while [[ $# -gt 0 ]]; do
		[[ $# -ge 2 ]] || usage "'$1' is unknown or lacks its value"
		case $1 in
		--port) port=$2 ;;
		--db) db=(--db "$2") ;;
		*) usage "unknown option '$1'" ;;
		esac
		shift 2
	done
}

check_environment() {
	local report=$scratch/check status=0

	say "checking: kernel and capabilities"
	"$collector" --check >"$report" 2>&1 || status=$?
	[[ $status -eq 0 ]] && return
	cat "$report" >&2
	complain "this machine cannot be walked as it is; ./dev demo shows a recording instead"
	exit "$status"
}

# The programs speak for themselves when they fail: one sentence on stderr.
collect() { # what arguments…
	local status=0

	say "$1"
	shift
	"$collector" "$@" >"$scratch/collect.out" </dev/null || status=$?
	[[ $status -eq 0 ]] || exit "$status"
	sed 's/^/  /' "$scratch/collect.out"
}

serve() { # what, arguments of the server…
	local what=$1

	shift
	start_part server "$server" --listen "127.0.0.1:$port" "$@"
	await_server
	trap 'exit 0' INT TERM HUP
	say "serving: $what at $url (Ctrl-C ends it)"
	keep_serving
}

cmd_run() {
	local port db

	parse_run "$@"
	require_port "$port"
	install_for_run
	build_web
	build_preset release
	check_environment
	collect "taking: first snapshot" --once "${db[@]}"
	start_part collector "$collector" "${db[@]}"
	serve "this machine" "${db[@]}"
}

cmd_demo() {
	local port db

	parse_run "$@"
	[[ ${#db[@]} -eq 0 ]] || usage "demo has its own database"
	require_port "$port"
	[[ -f $recording ]] || fail "the recording tests/recordings/demo.vmascope is missing"
	install_for_run
	build_web
	build_preset release
	collect "replaying: tests/recordings/demo.vmascope" \
		--replay "$recording" --db "$scratch/demo.db"
	serve "a recording" --db "$scratch/demo.db"
}
