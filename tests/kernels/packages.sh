# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages: finds and unpacks the kernels of other Debian suites, by an apt of
# our own beside the machine's: same mirror, keys and proxy, but its own
# sources, lists and cache, so that the machine's state is left as it is.

kernel_package=linux-image-cloud-amd64
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The machine's mirror of Debian, or of its security updates.
# mirror SUFFIX: '' or -security
mirror() {
	local wanted component release codename uri

	# shellcheck source=/dev/null
	wanted=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")$1
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		while read -r component release codename uri; do
			# without lists there is no codename
			[[ -n $uri ]] || { uri=$codename codename=$release; }
			if [[ $component == main && ($release == "$wanted" || $codename == "$wanted") ]]; then
				printf '%s\n' "$uri"
				return
			fi
		done
}

# write_sources FILE SUITE…
write_sources() {
	local file=$1 suite uri options=

	shift
	[[ ! -r $keyring ]] || options="[signed-by=$keyring] "
	for suite in "$@"; do
		case $suite in
		*-security) uri=$(mirror -security) ;;
		*) uri=$(mirror '') ;;
		esac
		[[ -z $uri ]] || printf 'deb %s%s %s main\n' "$options" "$uri" "$suite"
	done >"$file"
	[[ -s $file ]]
}

# make_apt DIRECTORY SUITE…
make_apt() {
	local directory=$1

	shift
	mkdir -p "$directory"/{lists,cache/archives}/partial
	write_sources "$directory/sources.list" "$@" || return
	# experimental is as good as any suite here
	printf 'Package: *\nPin: release o=Debian\nPin-Priority: 900\n' >"$directory/preferences"
	cat >"$directory/apt.conf" <<-END
		Dir::State "$directory";
		Dir::State::lists "$directory/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$directory/cache";
		Dir::Etc::sourcelist "$directory/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "$directory/preferences";
		Dir::Etc::preferencesparts "/dev/null";
		Acquire::Languages "none";
		Acquire::Retries "2";
		APT::Sandbox::User "root";
		APT::Architecture "amd64";
	END
}

# The package that a kernel package gets its next part from: the newest version,
# or since 7.0 the one that holds the image itself.
next_package() { # package
	apt-cache depends "$1" | sed -nE 's/^ *Depends: (linux-(image|binary)-.*)/\1/p' | head -n 1
}

# download_kernel OUTPUT, in an empty directory
download_kernel() {
	local package=$kernel_package

	while package=$(next_package "$package") && [[ -n $package ]]; do
		apt-get download "$package" || return
		dpkg-deb --fsys-tarfile ./*.deb | tar --extract --to-stdout --wildcards '*/vmlinuz*' \
			>vmlinuz 2>/dev/null || true
		rm -f ./*.deb
		if [[ -s vmlinuz ]]; then
			mv vmlinuz "$1"
			return
		fi
	done
	return 1
}

# fetch_kernel DIRECTORY SUITE…: leaves DIRECTORY/vmlinuz, or says why not. One
# that was fetched today is as good as new; an older one does where there is no
# network.
fetch_kernel() {
	local directory=$1 scratch

	shift
	[[ -z $(find "$directory/vmlinuz" -mmin -1440 2>/dev/null) ]] || return 0
	mkdir -p "$directory"
	scratch=$(mktemp -d "$directory/download.XXXXXX")
	if ! make_apt "$directory/apt" "$@"; then
		printf 'no Debian mirror in the sources of apt\n'
	elif ! (
		export APT_CONFIG=$directory/apt/apt.conf
		# a suite that is gone does not spoil the others
		apt-get update || true
		cd "$scratch" && download_kernel "$directory/vmlinuz"
	) >"$directory/apt.log" 2>&1; then
		printf 'cannot get %s of %s\n' "$kernel_package" "$*"
	fi
	rm -rf "$scratch"
	[[ -s $directory/vmlinuz ]]
}
