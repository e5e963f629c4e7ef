#!/usr/bin/env bash
# usage: run.sh [nvim|hx|emacs|NAME...]   Tests the server in real editors, without a screen.
#
# Fetches the editors into target/editors with apt-get on Debian. On other systems they must be on the PATH. Without arguments,
# tests all versions of Neovim and Helix. PLANSMITH is the server to test; by default the release build. XTASK is the program
# that records and checks the traffic; built by default. KEEP=1 keeps the folder of the run.
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
[ -x "$PLANSMITH" ] || { echo "server $PLANSMITH not found" >&2; exit 2; }
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
    *-screen) ;; # The same editor, with a user interface.
    "$wanted" | "$wanted"-*) [ -f "$tools/$name" ] && editors+=("$name") ;;
    esac
  done
done
[ ${#editors[@]} -gt 0 ] || { echo "unknown editor: $*" >&2; exit 2; }
# Prints the IDs of the processes that run a program, without pgrep, which may not be installed.
running() {
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe")" = "$1" ] && echo "${process#/proc/}"
  done
}
passed=0 failed=0
for editor in "${editors[@]}"; do
  # Each editor gets its own plans, home and server program, so that its server processes can be identified.
  run_dir=$(realpath "$(mktemp -d)")
  work=$run_dir/plans server=$run_dir/server/plansmith traffic=$run_dir/traffic.jsonl
  mkdir -p "$run_dir/bin" "$run_dir/home" "$run_dir/server" "$work"
  touch "$work/plansmith.toml"
  cp "$root"/docs/examples/*.md "$here"/plans/* "$work/"
  cp -r "$here/sets" "$run_dir/sets"
  touch "$run_dir/sets/plansmith.toml"
  cp "$PLANSMITH" "$server" || exit 2
  # The `plansmith` on the editor's PATH starts the server through a recorder of the traffic.
  printf '#!/bin/sh\ncase $1 in server) exec "%s" tee "%s" "%s" "$@" ;; *) exec "%s" "$@" ;; esac\n' \
    "$XTASK" "$traffic" "$server" "$server" >"$run_dir/bin/plansmith"
  chmod +x "$run_dir/bin/plansmith"
  echo "-- $editor: $("$tools/$editor" --version 2>/dev/null | head -1)"
  (
    export HOME=$run_dir/home XDG_CONFIG_HOME=$run_dir/home/.config XDG_STATE_HOME=$run_dir/home/.state
    export XDG_DATA_HOME=$run_dir/home/.share XDG_CACHE_HOME=$run_dir/home/.cache
    export PATH="$run_dir/bin:$PATH" WORK=$work SETS=$run_dir/sets ROOT=$root SERVER=$server
    cd "$work" || exit 2
    case $editor in
    nvim*)
      code=0
      for script in journeys sets; do
        NVIM=$tools/$editor timeout 300 "$tools/$editor" --clean --headless -n -u NONE -c "luafile $here/neovim/$script.lua" || code=1
      done
      exit $code
      ;;
    hx*)
      cp -r "$here/sets/specs" "$work/"
      timeout 300 bash "$here/helix/journeys.sh" "$tools/$editor" "$tools/tmux"
      ;;
    emacs*) timeout 180 "$tools/$editor" --batch -l "$here/emacs/journeys.el" ;;
    esac
  ) >"$run_dir/log" 2>&1
  code=$?
  for _ in $(seq 50); do
    [ -n "$(running "$server")" ] || break
    sleep 0.1
  done
  if [ -n "$(running "$server")" ]; then
    echo "FAIL quitting leaves no server" >>"$run_dir/log"
    running "$server" | xargs -r kill
    code=1
  else
    echo "ok   quitting leaves no server" >>"$run_dir/log"
  fi
  "$XTASK" traffic "$traffic" >>"$run_dir/log" || code=1
  tr -d '\r' <"$run_dir/log" | grep -v '^$'
  passed=$((passed + $(grep -c '^ok' "$run_dir/log")))
  failed=$((failed + $(grep -c '^FAIL' "$run_dir/log")))
  if [ $code -ne 0 ] && ! grep -q '^FAIL' "$run_dir/log"; then
    echo "FAIL $editor ended with code $code"
    failed=$((failed + 1))
  fi
  if [ $code -ne 0 ]; then
    find "$run_dir/home" \( -name 'hx.log' -o -name 'lsp.log' \) -exec tail -n 40 {} +
  fi
  if [ -n "${KEEP:-}" ]; then echo "kept: $run_dir"; else rm -rf "$run_dir"; fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
