#!/bin/sh
# Makes ./configure, which a checkout does not have.
#
#   ./autogen.sh                       runs autoreconf, nothing else
#   ./autogen.sh --setup [ARGS]        first installs the packages that are
#                                      missing, and then runs ./configure ARGS
#   ./autogen.sh --setup=all [ARGS]    the same, with the developers' tools
#
# Packages are installed on Debian and what derives from it, with sudo unless
# root calls; when none is missing, neither apt nor sudo is run.
set -eu
cd "$(dirname "$0")"

# To build, and to run `make check` and `make demo`. rrdtool brings librrd, which
# collectd's own rrdtool plugin needs and collectd-core does not ask for.
packages="gcc libc6-dev make autoconf automake libtool pkg-config
  libserialport-dev collectd-dev collectd-core libcmocka-dev rrdtool python3"
# To check formatting, code and man pages, as .ci/run does.
packages_all="clang clang-format clang-tidy cppcheck mandoc ser2net
  valgrind libc6-dbg"

missing() {
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) ||
      status=
    test "$status" = installed || printf '%s ' "$package"
  done
}

as_root() {
  if test "$(id -u)" -eq 0; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# True when apt's lists know every package named.
known() {
  for package in "$@"; do
    apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || return 1
  done
}

setup() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "autogen.sh: this is no Debian-like system; please install by hand what" \
      "these Debian packages hold:" "$@" >&2
    return 0
  fi
  wanted=$(missing "$@")
  test -n "$wanted" || return 0
  if test "$(id -u)" -ne 0 && ! command -v sudo >/dev/null; then
    echo "autogen.sh: there is no sudo here; please run as root:" \
      "apt-get install" $wanted >&2
    return 1
  fi
  echo "autogen.sh: installing $wanted"
  known $wanted || as_root apt-get update -q
  # Lists that are there may still be too old to name files that exist.
  as_root apt-get install -q -y --no-install-recommends $wanted || {
    as_root apt-get update -q
    as_root apt-get install -q -y --no-install-recommends $wanted
  }
}

configure=no
case ${1-} in
--setup)
  setup $packages
  configure=yes
  shift
  ;;
--setup=all)
  setup $packages $packages_all
  configure=yes
  shift
  ;;
'') ;;
*)
  sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
  exit 2
  ;;
esac

mkdir -p m4 # older releases of aclocal want it
autoreconf --force --install
test "$configure" = no || exec ./configure "$@"
