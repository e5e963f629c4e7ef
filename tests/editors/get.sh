#!/usr/bin/env bash
# usage: get.sh FOLDER
# Fetches Neovim and Helix of two Debian suites, and tmux to drive a terminal with, into FOLDER without installing anything:
# packages and all they depend on are unpacked, and started through their own loader. What is there stays.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)

# A start script for a program of a suite's tree, which brings its own C library.
launcher() { # SUITE NAME PROGRAM "ARGUMENTS" [VARIABLE=VALUE...]
  local tree="$folder/$1" name="$2" program="$3" arguments="$4"
  shift 4
  local loader libraries
  loader=$(find "$tree" -name 'ld-linux-*.so.*' -print -quit)
  libraries=$(dirname "$loader")
  {
    echo '#!/bin/sh'
    for setting in "$@"; do echo "export $setting"; done
    echo "exec '$loader' --argv0 '$(basename "$program")' --library-path '$libraries' '$tree/$program' $arguments \"\$@\""
  } >"$folder/$name"
  chmod +x "$folder/$name"
}

# Unpacks packages with everything they need, beside the system's own package state.
unpack() { # SUITE PACKAGE...
  local suite="$1" tree="$folder/$1" state="$folder/.apt/$1"
  shift
  [ -f "$tree/.complete" ] && return
  local mirror
  # The mirror that this system uses for Debian itself, in the newer or the older form of its sources.
  mirror=$(cat /etc/apt/sources.list.d/debian.sources 2>/dev/null | sed -n 's/^URIs: *//p' | awk 'NR == 1 { print $1 }' || true)
  [ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }' || true)
  [ -n "$mirror" ] || { echo "cannot tell this system's Debian mirror from /etc/apt" >&2; return 1; }
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$tree"
  : >"$state/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$state/sources.list"
  local options=(
    -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Install-Recommends=false -o APT::Sandbox::User=root
    -o Debug::NoLocking=true -o Acquire::Languages=none -o APT::Update::Post-Invoke-Success::=
  )
  local attempt
  for attempt in 1 2; do
    # A moving suite may have lost a package since its index was read: read the index again.
    if [ "$attempt" = 2 ] || [ -z "$(find "$state/lists" -name '*Packages*' -print -quit)" ]; then
      apt-get "${options[@]}" -qq update
    fi
    if apt-get "${options[@]}" -qq -y --download-only -o Binary::apt-get::APT::Keep-Downloaded-Packages=true install "$@" >"$state/log" 2>&1; then
      break
    elif [ "$attempt" = 2 ]; then
      tail -20 "$state/log"
      return 1
    fi
  done
  local package
  for package in "$state"/cache/archives/*.deb; do dpkg-deb -x "$package" "$tree"; done
  rm -rf "$state/cache"
  touch "$tree/.complete"
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  # Elsewhere: what is on the path.
  for program in nvim hx tmux; do
    found=$(command -v "$program") || { echo "no apt-get, and no $program on the path" >&2; exit 1; }
    printf '#!/bin/sh\nexec %s "$@"\n' "$found" >"$folder/$program"
    chmod +x "$folder/$program"
  done
  exit 0
fi
for suite in forky trixie; do
  unpack "$suite" neovim hx tmux
  tree="$folder/$suite"
  launcher "$suite" "nvim-$suite" usr/bin/nvim "--cmd 'set rtp+=$tree/usr/lib/nvim'" "VIM=$tree/usr/share/nvim" "VIMRUNTIME=$tree/usr/share/nvim/runtime"
  launcher "$suite" "hx-$suite" usr/lib/hx/hx "" "HELIX_RUNTIME=$tree/usr/lib/hx/runtime"
done
launcher trixie tmux usr/bin/tmux "" "TERMINFO=$folder/trixie/usr/share/terminfo"
