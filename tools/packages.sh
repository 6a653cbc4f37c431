# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by `run`: makes sure that the packages of some sections of packages.txt are installed.

# shellcheck disable=SC2154 # root is set by `run`
packages_file="$root/tools/packages.txt"

# packages_of SECTION...: "package<TAB>why" lines.
packages_of() {
    awk -v wanted=" $* " '
        /^\[/ { name = substr($0, 2, index($0, "]") - 2); take = index(wanted, " " name " ") > 0; next }
        /^#/ || NF == 0 { next }
        take { package = $1; $1 = ""; sub(/^ +/, ""); if (!seen[package]++) print package "\t" $0 }' "$packages_file"
}

# missing_of SECTION...: those of them that are not installed. One dpkg-query for all, so that a second start is quick.
missing_of() {
    local wanted native
    # shellcheck disable=SC2016 # dpkg-query expands these
    local fields='${db:Status-Status}\t${Package}\t${Architecture}\n'
    wanted=$(packages_of "$@")
    native=$(dpkg --print-architecture)
    awk -F '\t' -v native="$native" '
        FILENAME == ARGV[1] { if ($1 == "installed") { have[$2 ":" $3] = 1; if ($3 == native || $3 == "all") have[$2] = 1 } next }
        !($1 in have)' \
        <(cut -f1 <<<"$wanted" | xargs dpkg-query -W -f="$fields" 2>/dev/null) \
        <(printf '%s\n' "$wanted")
}

# need SECTION...: installs what is missing, saying what and why.
need() {
    if ! command -v dpkg-query >/dev/null; then
        note "this is not Debian: packages are not installed for you; tools/packages.txt lists what is needed"
        return
    fi
    local missing names=() as_root=()
    missing=$(missing_of "$@")
    [ -n "$missing" ] || return 0

    note "missing Debian packages:"
    while IFS=$'\t' read -r package why; do
        printf '    %-28s %s\n' "$package" "$why" >&2
        names+=("$package")
    done <<<"$missing"

    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            die "installing needs root and there is no sudo; as root, run: apt-get install --no-install-recommends ${names[*]}"
        fi
        note "installing them with sudo"
        as_root=(sudo)
    fi
    if [[ " ${names[*]} " == *:arm64* ]] && ! dpkg --print-foreign-architectures | grep -qx arm64; then
        note "adding the package architecture arm64 (dpkg --add-architecture arm64)"
        "${as_root[@]}" dpkg --add-architecture arm64
    fi
    if [[ " ${names[*]} " =~ " "(postgresql-15|mosquitto|haproxy)" " ]]; then
        note "Debian may start a default service of these packages; Watchglass starts its own and uses none of them"
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 install --no-install-recommends "${names[@]}" >&2 ||
        die "apt-get could not install: ${names[*]}"
}
