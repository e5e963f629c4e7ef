#!/usr/bin/env bash
# usage: run.sh [EDITOR...]   Tests the server in real editors, without a screen. Needs Debian's apt-get, or the editors on the path.
#
# Fetches Neovim and Helix into target/editors. PLANSMITH names the server to test, else the release build is made and used.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ -n "${PLANSMITH:-}" ]; then
  PLANSMITH=$(realpath "$PLANSMITH") || exit 2
else
  (cd "$root" && cargo build --release --quiet) || exit 2
  PLANSMITH=${CARGO_TARGET_DIR:-$root/target}/release/plansmith
fi
[ -x "$PLANSMITH" ] || { echo "there is no server at $PLANSMITH" >&2; exit 2; }
cd "$root" || exit 2
tools=$root/target/editors
bash "$here/get.sh" "$tools" || exit 2
[ $# -gt 0 ] || set -- $(cd "$tools" && ls -d nvim* hx*)
# The processes that run a program; a fresh machine has no pgrep.
running() {
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe")" = "$1" ] && echo "${process#/proc/}"
  done
}
passed=0 failed=0
for editor in "$@"; do
  work=$(realpath "$(mktemp -d)")
  mkdir -p "$work/bin" "$work/home"
  touch "$work/plansmith.toml"
  cp "$root/docs/examples/broken.md" "$work/broken.md"
  # A name of its own, so that a process left behind is surely ours.
  cp "$PLANSMITH" "$work/bin/plansmith" || exit 2
  echo "-- $editor: $("$tools/$editor" --version 2>/dev/null | head -1)"
  export PATH="$work/bin:$PATH"
  case $editor in
  nvim*)
    env WORK="$work" EDITORS="$root/editors" HOME="$work/home" XDG_CONFIG_HOME="$work/home/.config" XDG_STATE_HOME="$work/home/.state" \
      XDG_DATA_HOME="$work/home/.share" XDG_CACHE_HOME="$work/home/.cache" \
      timeout 60 "$tools/$editor" --clean --headless -n -u NONE -c "luafile $here/neovim.lua" >"$work/log" 2>&1
    ;;
  *) timeout 120 bash "$here/helix.sh" "$tools/$editor" "$work" "$root/editors" "$tools/tmux" >"$work/log" 2>&1 ;;
  esac
  code=$?
  export PATH="${PATH#"$work/bin:"}"
  for _ in $(seq 30); do
    [ -n "$(running "$work/bin/plansmith")" ] || break
    sleep 0.1
  done
  if [ -n "$(running "$work/bin/plansmith")" ]; then
    echo "FAIL quitting leaves no server" >>"$work/log"
    running "$work/bin/plansmith" | xargs -r kill
    code=1
  else
    echo "ok   quitting leaves no server" >>"$work/log"
  fi
  tr -d '\r' <"$work/log"
  passed=$((passed + $(grep -c '^ok' "$work/log")))
  failed=$((failed + $(grep -c '^FAIL' "$work/log")))
  if [ $code -ne 0 ] && ! grep -q '^FAIL' "$work/log"; then
    echo "FAIL $editor ended with code $code"
    failed=$((failed + 1))
  fi
  if [ $code -ne 0 ] || grep -q '^FAIL' "$work/log"; then
    find "$work" \( -name 'hx.log' -o -name 'lsp.log' \) -exec tail -n 40 {} +
  fi
  rm -rf "$work"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
