# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install: what each command needs of Debian and of npm. Only what is missing is
# installed; a machine that has it all is not asked for root or for the network.

packages_for_build=(
	gcc libc6-dev clang llvm cmake ninja-build pkg-config
	bpftool libbpf-dev libcap-dev libsqlite3-dev libmicrohttpd-dev libcjson-dev zlib1g-dev
)
packages_for_run=(curl)
packages_for_test=(
	libcmocka-dev libclang-rt-14-dev clang-format clang-tidy shellcheck
	sqlite3 curl jq procps chromium fonts-dejavu-core apache2-bin prometheus graphviz wrk
)
packages_for_bench=(sqlite3 curl jq procps chromium fonts-dejavu-core wrk nginx-light)
packages_for_screenshots=(sqlite3 chromium fonts-dejavu-core)
node_minimum=18

install_for_build() {
	install_all "${packages_for_build[@]}"
}

install_for_run() {
	install_all "${packages_for_build[@]}" "${packages_for_run[@]}"
}

install_for_test() {
	install_all "${packages_for_build[@]}" "${packages_for_test[@]}"
}

install_for_bench() {
	install_all "${packages_for_build[@]}" "${packages_for_bench[@]}"
}

install_for_screenshots() {
	install_all "${packages_for_build[@]}" "${packages_for_screenshots[@]}"
}

install_all() { # package…
	# Node.js may come from elsewhere than Debian; then npm is part of it.
	if command -v node >/dev/null && command -v npm >/dev/null; then
		install_packages "$@"
	else
		install_packages "$@" nodejs npm
	fi
	require_node
	install_npm_packages
}

is_installed() {
	[[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

install_packages() {
	local package missing=()

	command -v dpkg-query >/dev/null || return 0 # not Debian: the build says what it misses
	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -gt 0 ]] || return 0
	if [[ $EUID -ne 0 ]]; then
		fail "packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}"
	fi
	quietly "installing: ${missing[*]}" apt_install "${missing[@]}"
}

apt_install() {
	export DEBIAN_FRONTEND=noninteractive
	local options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)

	apt-get "${options[@]}" update &&
		apt-get "${options[@]}" install -y --no-install-recommends "$@"
}

require_node() {
	local version

	command -v node >/dev/null || fail "node is missing; install Node.js $node_minimum or newer"
	version=$(node --version)
	version=${version#v}
	if ((${version%%.*} < node_minimum)); then
		fail "Node.js $version is too old; $node_minimum or newer is needed"
	fi
}

# The stamp holds the hash of the lock file that node_modules was made from.
install_npm_packages() {
	local stamp=$root/web/node_modules/.installed-from hash

	hash=$(sha256sum <"$root/web/package-lock.json")
	[[ -f $stamp && $(<"$stamp") == "$hash" ]] && return
	quietly "installing: npm packages of web/" \
		in_directory "$root/web" npm ci --ignore-scripts --no-audit --no-fund
	printf '%s\n' "$hash" >"$stamp"
}
