#!/usr/bin/env bash
# usage: run.sh [nvim|hx|emacs|NAME...]   Tests the server in real editors, without a screen.
#
# Fetches the editors into target/editors, which needs Debian's apt-get; elsewhere they have to be on the path. Without
# arguments: every Neovim and Helix. PLANSMITH names the server to test, else the release build is made and used; XTASK the
# program that records and checks the traffic, else it is built.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root" || exit 2
target=${CARGO_TARGET_DIR:-$root/target}
if [ -n "${PLANSMITH:-}" ]; then
  PLANSMITH=$(realpath "$PLANSMITH") || exit 2
else
  cargo build --release --quiet --package plansmith || exit 2
  PLANSMITH=$target/release/plansmith
fi
[ -x "$PLANSMITH" ] || { echo "there is no server at $PLANSMITH" >&2; exit 2; }
if [ -z "${XTASK:-}" ]; then
  cargo build --quiet --package xtask || exit 2
  XTASK=$target/debug/xtask
fi
tools=$root/target/editors
[ $# -gt 0 ] || set -- nvim hx
groups=()
for wanted in "$@"; do
  case $wanted in emacs*) group=emacs ;; *) group=terminal ;; esac
  [[ " ${groups[*]:-} " == *" $group "* ]] || groups+=("$group")
done
for group in "${groups[@]}"; do bash "$here/get.sh" "$tools" "$group" || exit 2; done
editors=()
for wanted in "$@"; do
  for name in $(cd "$tools" && ls); do
    case $name in
    *-screen) ;; # The same once more.
    "$wanted" | "$wanted"-*) [ -f "$tools/$name" ] && editors+=("$name") ;;
    esac
  done
done
[ ${#editors[@]} -gt 0 ] || { echo "there is no editor called $*" >&2; exit 2; }
# The processes that run a program; a fresh machine has no pgrep.
running() {
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe")" = "$1" ] && echo "${process#/proc/}"
  done
}
passed=0 failed=0
for editor in "${editors[@]}"; do
  # One editor's world: plans, a home, and a server of its own, so that a process left behind is surely ours.
  world=$(realpath "$(mktemp -d)")
  work=$world/plans server=$world/server/plansmith traffic=$world/traffic.jsonl
  mkdir -p "$world/bin" "$world/home" "$world/server" "$work"
  touch "$work/plansmith.toml"
  cp "$root"/docs/examples/*.md "$here"/plans/* "$work/"
  cp "$PLANSMITH" "$server" || exit 2
  # What editors find on their path stands between them and the server, and writes down what they say to each other.
  printf '#!/bin/sh\ncase $1 in server) exec "%s" tee "%s" "%s" "$@" ;; *) exec "%s" "$@" ;; esac\n' \
    "$XTASK" "$traffic" "$server" "$server" >"$world/bin/plansmith"
  chmod +x "$world/bin/plansmith"
  echo "-- $editor: $("$tools/$editor" --version 2>/dev/null | head -1)"
  (
    export HOME=$world/home XDG_CONFIG_HOME=$world/home/.config XDG_STATE_HOME=$world/home/.state
    export XDG_DATA_HOME=$world/home/.share XDG_CACHE_HOME=$world/home/.cache
    export PATH="$world/bin:$PATH" WORK=$work ROOT=$root SERVER=$server
    cd "$work" || exit 2
    case $editor in
    nvim*) NVIM=$tools/$editor timeout 180 "$tools/$editor" --clean --headless -n -u NONE -c "luafile $here/neovim/journeys.lua" ;;
    hx*) timeout 180 bash "$here/helix/journeys.sh" "$tools/$editor" "$tools/tmux" ;;
    emacs*) timeout 180 "$tools/$editor" --batch -l "$here/emacs/journeys.el" ;;
    esac
  ) >"$world/log" 2>&1
  code=$?
  for _ in $(seq 50); do
    [ -n "$(running "$server")" ] || break
    sleep 0.1
  done
  if [ -n "$(running "$server")" ]; then
    echo "FAIL quitting leaves no server" >>"$world/log"
    running "$server" | xargs -r kill
    code=1
  else
    echo "ok   quitting leaves no server" >>"$world/log"
  fi
  "$XTASK" traffic "$traffic" >>"$world/log" || code=1
  tr -d '\r' <"$world/log" | grep -v '^$'
  passed=$((passed + $(grep -c '^ok' "$world/log")))
  failed=$((failed + $(grep -c '^FAIL' "$world/log")))
  if [ $code -ne 0 ] && ! grep -q '^FAIL' "$world/log"; then
    echo "FAIL $editor ended with code $code"
    failed=$((failed + 1))
  fi
  if [ $code -ne 0 ]; then
    find "$world/home" \( -name 'hx.log' -o -name 'lsp.log' \) -exec tail -n 40 {} +
  fi
  if [ -n "${KEEP:-}" ]; then echo "kept: $world"; else rm -rf "$world"; fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
