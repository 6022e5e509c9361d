# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# screenshots: docs/screenshots, a picture of every view of the page, of recordings.

take_screenshots() {
	VMASCOPE_COLLECTOR=$collector VMASCOPE_SERVER=$server \
		in_directory "$root" node tests/web/screenshots.mjs docs/screenshots
}

cmd_screenshots() {
	[[ $# -eq 0 ]] || usage "screenshots takes no arguments"
	install_for_screenshots
	build_web
	build_preset release
	quietly "taking: screenshots" take_screenshots
	say "written: docs/screenshots"
}
