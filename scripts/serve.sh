# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# serve: the parts (collector, server) that ./dev run and ./dev demo keep alive.
# They live and die together: when ./dev ends, in whatever way, so do they.

declare -A part_names=() # by process id
stop_seconds=10
start_seconds=30

start_part() { # name command…
	local name=$1

	shift
	# pdeathsig: the part is told to end even when ./dev is killed outright
	setpriv --pdeathsig TERM "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" </dev/null &
	part_names[$!]=$name
}

any_part_alive() {
	local pid

	for pid in "${!part_names[@]}"; do
		kill -0 "$pid" 2>/dev/null && return
	done
	return 1
}

stop_parts() {
	local pid deadline=$((SECONDS + stop_seconds))

	[[ ${#part_names[@]} -gt 0 ]] || return 0
	kill -TERM "${!part_names[@]}" 2>/dev/null || true
	while any_part_alive && ((SECONDS < deadline)); do
		sleep 0.05
	done
	for pid in "${!part_names[@]}"; do
		if kill -KILL "$pid" 2>/dev/null; then
			complain "the ${part_names[$pid]} did not end within $stop_seconds s and was killed"
		fi
		wait "$pid" 2>/dev/null || true
	done
	part_names=()
}

# The part is gone although nobody asked it to: say so, with its own last words.
part_failed() { # pid status
	local name=${part_names[$1]}

	unset "part_names[$1]"
	stop_parts
	complain "the $name ended with exit status $2, so everything was stopped; its last lines:"
	tail -n 5 "$scratch/$name.err" | sed 's/^/  /' >&2
	exit 1
}

fail_if_a_part_ended() {
	local pid status

	for pid in "${!part_names[@]}"; do
		kill -0 "$pid" 2>/dev/null && continue
		status=0
		wait "$pid" || status=$?
		part_failed "$pid" "$status"
	done
}

port_is_busy() { # port
	[[ $1 -ne 0 ]] && (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

require_port() { # port
	if [[ ! $1 =~ ^[0-9]{1,5}$ ]] || ((10#$1 > 65535)); then
		usage "'$1' is not a port"
	fi
	if port_is_busy "$1"; then
		fail "port $1 of 127.0.0.1 is in use; choose another with --port"
	fi
}

# Sets url once the server printed where it listens and answers there.
await_server() {
	local deadline=$((SECONDS + start_seconds))

	url=
	until [[ -n $url ]] && curl -fs -o "$scratch/health" --max-time 5 "${url}healthz"; do
		fail_if_a_part_ended
		((SECONDS < deadline)) || fail "the server did not answer within $start_seconds s"
		sleep 0.05
		url=$(sed -n 's/^listening on //p' "$scratch/server.out")
	done
}

# Until a part ends.
keep_serving() {
	local pid status=0

	wait -n -p pid "${!part_names[@]}" || status=$?
	part_failed "$pid" "$status"
}
