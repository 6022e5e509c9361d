# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels: ./dev kernels, the live tests under other kernels (tests/kernels).

packages_for_kernels=(qemu-system-x86 cpio libcmocka-dev)

# The reason why no other kernel can be booted here, or nothing.
reason_to_skip_kernels() {
	if [[ $(uname -m) != x86_64 ]]; then
		printf 'the kernels are those of x86-64'
	elif ! command -v apt-get dpkg-deb >/dev/null; then
		printf 'the kernels come from the packages of Debian'
	fi
}

run_kernels() { # kernel…
	VMASCOPE_BUILD_DIR=$(build_dir kernels) \
		"$root/tests/kernels/run" "$(build_dir kernels)/cache" "$@"
}

cmd_kernels() {
	local reason

	reason=$(reason_to_skip_kernels)
	if [[ -n $reason ]]; then
		say "kernels: skipped: $reason"
		return
	fi
	install_packages "${packages_for_build[@]}" "${packages_for_kernels[@]}"
	build_preset kernels kernels
	run_kernels "$@" || exit 1
}
