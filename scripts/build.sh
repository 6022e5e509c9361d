# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build: the page by npm, the programs by CMake's presets.

build_dir() { # preset
	if [[ $1 == release ]]; then
		printf '%s' "$root/build"
	else
		printf '%s' "$root/build/$1"
	fi
}

build_web() {
	quietly "building: web page" in_directory "$root/web" npm run --silent build
}

configure_and_build() { # preset target…
	in_directory "$root" cmake --preset "$1" &&
		cmake --build "$(build_dir "$1")" --target "${@:2}"
}

build_preset() { # preset [target…]
	local preset=$1

	shift
	quietly "building: $preset" configure_and_build "$preset" "${@:-all}"
}
