#!/usr/bin/env bash
# usage: get.sh FOLDER [terminal|emacs]
# Fetches the editors of two Debian suites into FOLDER without installing them: unpacks the packages with their dependencies and
# starts the programs with the loader of their suite. Does not fetch again what is complete. "terminal" (the default): Neovim,
# Helix, and tmux to drive them; "emacs": Emacs with markdown-mode.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
group=${2:-terminal}

# Writes a start script for a program of a suite, which needs the C library of that suite.
launcher() { # SUITE NAME PROGRAM "ARGUMENTS" [VARIABLE=VALUE...]
  local tree="$folder/$1" name="$2" program="$3" arguments="$4"
  shift 4
  local loader libraries
  loader=$(find "$tree" -name 'ld-linux-*.so.*' -print -quit)
  libraries=$(dirname "$loader")
  {
    echo '#!/bin/sh'
    for setting in "$@"; do echo "export $setting"; done
    echo "exec '$loader' --argv0 '$tree/$program' --library-path '$libraries' '$tree/$program' $arguments \"\$@\""
  } >"$folder/$name"
  chmod +x "$folder/$name"
}

# Unpacks packages with their dependencies, without changing the package state of the system.
unpack() { # SUITE SUFFIX PACKAGE...: into a tree called SUITE, or SUITE-SUFFIX
  local suite="$1" tree="$folder/$1${2:+-$2}" state="$folder/.apt/$1${2:+-$2}"
  shift 2
  [ -f "$tree/.complete" ] && return
  local mirror
  # The Debian mirror of this system, from either format of its package sources.
  mirror=$(cat /etc/apt/sources.list.d/debian.sources 2>/dev/null | sed -n 's/^URIs: *//p' | awk 'NR == 1 { print $1 }' || true)
  [ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }' || true)
  [ -n "$mirror" ] || { echo "no Debian mirror found in /etc/apt" >&2; return 1; }
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
  for attempt in 1 2 3; do
    # A package of a moving suite may have been replaced since the index was read: update the index.
    if [ "$attempt" -gt 1 ] || [ -z "$(find "$state/lists" -name '*Packages*' -print -quit)" ]; then
      apt-get "${options[@]}" -qq update >"$state/log" 2>&1 || true
    fi
    if apt-get "${options[@]}" -qq -y --download-only -o Binary::apt-get::APT::Keep-Downloaded-Packages=true install "$@" >>"$state/log" 2>&1; then
      break
    elif [ "$attempt" = 3 ]; then
      tail -20 "$state/log" >&2
      echo "cannot fetch $* from Debian $suite (3 attempts)" >&2
      return 1
    fi
    sleep $((attempt * 5))
  done
  local package
  for package in "$state"/cache/archives/*.deb; do dpkg-deb -x "$package" "$tree"; done
  rm -rf "$state/cache"
  touch "$tree/.complete"
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  # Other systems: use the programs on the PATH.
  if [ "$group" = emacs ]; then programs=(emacs); else programs=(nvim hx tmux); fi
  for program in "${programs[@]}"; do
    found=$(command -v "$program") || { echo "apt-get not found, and $program is not on the PATH" >&2; exit 1; }
    printf '#!/bin/sh\nexec %s "$@"\n' "$found" >"$folder/$program"
    chmod +x "$folder/$program"
  done
  exit 0
fi
if [ "$group" = emacs ]; then
  for suite in forky trixie; do
    unpack "$suite" emacs emacs-nox elpa-markdown-mode
    tree="$folder/$suite-emacs"
    version=$(basename "$(find "$tree/usr/share/emacs" -maxdepth 1 -name '[0-9]*' -print -quit)")
    lisp="$tree/usr/share/emacs/$version/lisp:$tree/usr/share/emacs/site-lisp"
    for package in "$tree"/usr/share/emacs/site-lisp/elpa-src/*/; do lisp="$lisp:${package%/}"; done
    inside=$(find "$tree/usr/libexec/emacs/$version" -maxdepth 1 -mindepth 1 -type d -print -quit)
    dump=$(find "$inside" -name '*.pdmp' -print -quit)
    launcher "$suite-emacs" "emacs-$suite" usr/bin/emacs-nox "--dump-file='$dump'" "EMACSDATA=$tree/usr/share/emacs/$version/etc" \
      "EMACSDOC=$tree/usr/share/emacs/$version/etc" "EMACSPATH=$inside" "EMACSLOADPATH=$lisp"
  done
  exit 0
fi
for suite in forky trixie; do
  packages=(neovim hx tmux)
  # The only picker plugin that Debian has, in one of the suites.
  [ "$suite" = trixie ] || packages+=(neovim-telescope)
  unpack "$suite" "" "${packages[@]}"
  tree="$folder/$suite"
  launcher "$suite" "nvim-$suite" usr/bin/nvim "--cmd 'set rtp+=$tree/usr/lib/nvim'" "VIM=$tree/usr/share/nvim" "VIMRUNTIME=$tree/usr/share/nvim/runtime"
  # With a user interface, Neovim starts itself a second time by its path, which the loader prevents: start both processes here.
  cat >"$folder/nvim-$suite-screen" <<SCREEN
#!/bin/sh
pipe=\$(mktemp -u)
"$folder/nvim-$suite" --headless --listen "\$pipe" "\$@" &
for i in 1 2 3 4 5 6 7 8 9 10; do [ -S "\$pipe" ] && break; sleep 0.2; done
"$folder/nvim-$suite" --server "\$pipe" --remote-ui
wait
SCREEN
  chmod +x "$folder/nvim-$suite-screen"
  launcher "$suite" "hx-$suite" usr/lib/hx/hx "" "HELIX_RUNTIME=$tree/usr/lib/hx/runtime"
done
launcher trixie tmux usr/bin/tmux "" "TERMINFO=$folder/trixie/usr/share/terminfo"
