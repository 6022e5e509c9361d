# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test: every test there is, part by part. A part that fails does not keep the
# next from running; the table at the end says how each went.

test_parts=(lint architecture unit fuzz live kernels api web end_to_end load dev)

test_lint() {
	run_all_lints
}

run_ctest() { # preset, arguments of ctest…
	local preset=$1

	shift
	ctest --test-dir "$(build_dir "$preset")" --output-on-failure --no-tests=error "$@"
}

test_architecture() {
	run_ctest debug --label-regex '^architecture$'
}

test_unit() {
	run_ctest debug --label-regex '^unit$' --parallel 2
}

test_fuzz() {
	run_ctest fuzz --label-regex '^fuzz$' --parallel 2
}

# The reason why the live kernel cannot be walked here, or nothing.
reason_to_skip_live() {
	if [[ $EUID -ne 0 ]]; then
		printf 'not root'
	elif [[ ! -r /sys/kernel/btf/vmlinux ]]; then
		printf 'the kernel has no BTF (/sys/kernel/btf/vmlinux)'
	fi
}

unless_skipped() { # part command…
	local part=$1 reason

	shift
	reason=$(reason_to_skip_live)
	if [[ -n $reason ]]; then
		say "$part: skipped: $reason"
		return
	fi
	"$@"
}

test_live() {
	unless_skipped live run_ctest debug --label-regex '^live$'
}

test_kernels() {
	cmd_kernels "$@"
}

test_dev() {
	unless_skipped dev "$root/tests/dev/test_run"
}

# Runs test files against the programs built with sanitizers.
run_node() { # file…
	local build

	build=$(build_dir debug)
	VMASCOPE_COLLECTOR=$build/collector/vmascope-collector \
		VMASCOPE_SERVER=$build/server/vmascope-server \
		VMASCOPE_SCENE=$build/tests/end_to_end/scene \
		in_directory "$root" node --test --test-reporter=spec "$@"
}

run_node_tests() { # folder
	local files

	mapfile -t files < <(list_files -path "./$1/*.test.*")
	if [[ ${#files[@]} -eq 0 ]]; then
		complain "there are no tests in $1"
		return 1
	fi
	run_node "${files[@]}"
}

test_api() {
	run_node_tests tests/api
}

# The programs as they are run, as memory and speed are what this is about; and
# the server with ThreadSanitizer. VMASCOPE_LOAD_SECONDS=60 is the long form.
test_load() {
	local build

	build=$(build_dir release)
	VMASCOPE_COLLECTOR=$build/collector/vmascope-collector \
		VMASCOPE_SERVER=$build/server/vmascope-server \
		VMASCOPE_SERVER_TSAN=$(build_dir tsan)/server/vmascope-server \
		in_directory "$root" unless_skipped load \
		node --test --test-reporter=spec tests/load/load.test.mjs
}

test_web() {
	local failed=0

	in_directory "$root/web" npm test || failed=1
	run_node_tests tests/web || failed=1
	return "$failed"
}

# Real processes, through everything, to the page and to the recipes of docs/.
test_end_to_end() {
	unless_skipped end_to_end run_node_tests tests/end_to_end
}

build_for_tests() { # part…
	build_web
	[[ " $* " != *" fuzz "* ]] || build_preset fuzz
	[[ $* == fuzz || $* == kernels ]] && return
	build_preset debug
	[[ " $* " != *" load "* ]] || build_preset tsan vmascope-server
	[[ " $* " =~ " "(live|web|load|dev)" " ]] || return 0
	build_preset release
}

# Sets results[part] to "passed" or "FAILED".
run_part() { # part
	local started=$SECONDS verdict=passed

	say "testing: $1"
	# a subshell: a part that calls fail ends itself only
	("test_$1") || verdict=FAILED
	results[$1]="$verdict ($((SECONDS - started)) s)"
	[[ $verdict == passed ]]
}

run_parts() { # part…
	local part failed=0
	local -A results=()

	install_for_test
	build_for_tests "$@"
	for part in "$@"; do
		run_part "$part" || failed=1
	done
	for part in "$@"; do
		say "$(printf '%-14s%s' "$part" "${results[$part]}")"
	done
	return "$failed"
}

# Tests of any runner whose name or file contains the text.
run_matching() { # text
	local files found=1 failed=0

	install_for_test
	build_for_tests live
	if [[ $(ctest --test-dir "$(build_dir debug)" -N -R "$1") != *"Total Tests: 0"* ]]; then
		found=0
		run_ctest debug -R "$1" || failed=1
	fi
	mapfile -t files < <(list_files -path "./tests/*$1*.test.*")
	if [[ ${#files[@]} -gt 0 ]]; then
		found=0
		run_node "${files[@]}" || failed=1
	fi
	[[ $found -eq 0 ]] || fail "no test has '$1' in its name"
	return "$failed"
}

cmd_test() {
	[[ $# -le 1 ]] || usage "test takes one part or filter"
	if [[ $# -eq 0 ]]; then
		run_parts "${test_parts[@]}" || exit 1
	elif [[ " ${test_parts[*]} " == *" $1 "* ]]; then
		run_parts "$1" || exit 1
	else
		run_matching "$1" || exit 1
	fi
}
