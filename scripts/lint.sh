# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lint: formatters and static checks. Each check is a function that prints what
# is wrong and returns non-zero.

# Paths, relative to the root, of our files with these names.
list_files() { # find expression…
	in_directory "$root" find . \( -path ./build -o -path ./.git -o -name node_modules \) -prune \
		-o -type f \( "$@" \) -printf '%P\n' | sort
}

list_c_files() {
	list_files -name '*.c' -o -name '*.h'
}

# The scripts that are run; what they source is looked at with them.
list_scripts() {
	list_files -perm -u+x ! -name '*.*' | while IFS= read -r file; do
		if head -n 1 "$root/$file" | grep -q '^#!/bin/bash$'; then
			printf '%s\n' "$file"
		fi
	done
}

lint_clang_format() {
	list_c_files | in_directory "$root" xargs clang-format --dry-run --Werror
}

lint_shellcheck() {
	list_scripts | in_directory "$root" xargs shellcheck -x -a
}

lint_web() {
	in_directory "$root/web" npm run --silent lint
}

# What a C file's verdict depends on; a file that passed with the same key is
# not looked at again.
tidy_key() { # file
	cat "$root/$1" "$scratch/tidy-inputs" | sha256sum
}

# Leaves $scratch/tidy-failed when the file does not pass.
tidy_file() { # file
	local stamp=$root/build/tidy/$1.ok key output

	key=$(tidy_key "$1")
	[[ -f $stamp && $(<"$stamp") == "$key" ]] && return
	if ! output=$(clang-tidy --quiet -p "$root/build/debug" "$root/$1" 2>/dev/null); then
		printf '%s\n' "$output"
		touch "$scratch/tidy-failed"
		return
	fi
	mkdir -p "$(dirname "$stamp")"
	printf '%s\n' "$key" >"$stamp"
}

# Only what the debug build compiles: elsewhere clang-tidy would guess flags.
# That leaves out the BPF program, which is built with -Wall -Werror.
list_tidy_files() {
	local file

	list_files -name '*.c' | while IFS= read -r file; do
		if grep -qF "\"$root/$file\"" "$root/build/debug/compile_commands.json"; then
			printf '%s\n' "$file"
		fi
	done
}

lint_clang_tidy() {
	local file running=0 processors

	processors=$(nproc)
	{
		clang-tidy --version
		cat "$root/.clang-tidy"
		list_files -name '*.h' | sed "s|^|$root/|" | xargs cat
	} >"$scratch/tidy-inputs"
	rm -f "$scratch/tidy-failed"
	while IFS= read -r file; do
		if ((running >= processors)); then
			wait -n || true
			running=$((running - 1))
		fi
		tidy_file "$file" </dev/null &
		running=$((running + 1))
	done < <(list_tidy_files)
	wait
	[[ ! -e $scratch/tidy-failed ]]
}

run_lint() { # check
	say "linting: ${1//_/-}"
	"lint_$1" && return
	complain "lint: ${1//_/-} found something"
	return 1
}

run_all_lints() {
	local check failed=0

	for check in clang_format shellcheck web clang_tidy; do
		run_lint "$check" || failed=1
	done
	return "$failed"
}

fix_format() {
	list_c_files | in_directory "$root" xargs clang-format -i
	in_directory "$root/web" npm run --silent format
}

cmd_lint() {
	case ${1:-} in
	'' | --fix) ;;
	*) usage "lint takes --fix or nothing" ;;
	esac
	install_for_test
	[[ ${1:-} != --fix ]] || quietly "formatting: C and web" fix_format
	build_preset debug
	run_all_lints || exit 1
}
