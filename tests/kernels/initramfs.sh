# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# initramfs: the file system of the virtual machine, which holds nothing but our
# programs, the shared libraries they need, and the list of what to run.

# add_file ROOT FILE DESTINATION
add_file() {
	mkdir -p "$1/$(dirname "${3#/}")"
	cp -L "$2" "$1/${3#/}"
}

# The shared libraries and the loader of a program; a static one has none.
libraries() { # program
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true
}

# add_program ROOT PROGRAM: into /bin, stripped, with its libraries where the
# loader looks for them.
add_program() {
	local library

	add_file "$1" "$2" "bin/$(basename "$2")"
	strip "$1/bin/$(basename "$2")"
	for library in $(libraries "$2"); do
		[[ -e $1$library ]] || add_file "$1" "$library" "$library"
	done
}

# build_initramfs OUTPUT INIT LIST PROGRAM…
build_initramfs() {
	local output=$1 init=$2 list=$3 program tree

	shift 3
	tree=$(mktemp -d "$output.XXXXXX")
	chmod 755 "$tree" # others have to reach the libraries
	mkdir -p "$tree"/{dev,proc,sys,tmp}
	for program in "$@"; do
		add_program "$tree" "$program"
	done
	cp "$init" "$tree/init"
	cp "$list" "$tree/tests"
	(cd "$tree" && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet --null --create --format=newc --owner=0:0) | gzip -1 >"$output.tmp"
	mv "$output.tmp" "$output"
	rm -rf "$tree"
}
