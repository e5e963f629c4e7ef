#!/usr/bin/env bash
# usage: pictures.sh [nvim|hx]   Takes the terminal screenshots of the documentation into docs/images. Check each of them.
#
# Requires what run.sh requires, python3 and chromium. Opens the editors as `cargo xtask try` does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
xtask=${XTASK:-cargo xtask}
tools=$root/target/editors
bash "$here/get.sh" "$tools"
tmux=("$tools/tmux" -L "plansmith-screenshots-$$" -f /dev/null)
columns=112 rows=32
scratch=$(mktemp -d)
trap '"${tmux[@]}" kill-server 2>/dev/null || true; rm -rf "$scratch"' EXIT
keys() {
  "${tmux[@]}" send-keys -t screen "$@"
  sleep 0.5
}
type() {
  "${tmux[@]}" send-keys -t screen -l "$1"
  sleep 0.5
}
take() { # NAME
  sleep 1
  "${tmux[@]}" capture-pane -p -e -N -t screen | python3 "$here/ansi.py" $columns $rows >"$scratch/page.html"
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$scratch/profile" \
    --window-size=$((columns * 8)),$((rows * 17 + 16)) --screenshot="$root/docs/images/$1.png" "file://$scratch/page.html" >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; return 1; }
  echo "docs/images/$1.png"
}
open() { # EDITOR
  rm -rf "$root/target/try"
  "${tmux[@]}" new-session -d -s screen -x $columns -y $rows "TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 $xtask try $1 2>$scratch/stderr"
  "${tmux[@]}" set-option -g status off
  "${tmux[@]}" set-option -sa terminal-overrides ',xterm-256color:RGB'
  for _ in $(seq 600); do
    "${tmux[@]}" capture-pane -p -t screen 2>/dev/null | grep -q 'status is' && return
    sleep 0.2
  done
  cat "$scratch/stderr" >&2
  return 1
}
shut() {
  "${tmux[@]}" kill-server
  sleep 1
}
for editor in "${@:-nvim hx}"; do
  for each in $editor; do
    case $each in
    nvim)
      open nvim
      type ':33'
      keys Enter
      type 'zz'
      take neovim
      type ':edit implementation-plan.md'
      keys Enter
      sleep 2
      type ':PlanNext'
      keys Enter
      sleep 1
      keys Enter
      type 'zt'
      type 'f2'
      type 'K'
      take neovim-next
      ;;
    hx)
      open hx
      type '33ggghll'
      keys Space a
      take helix
      keys Escape
      type ':open implementation-plan.md'
      keys Enter
      sleep 2
      keys Space s
      take helix-outline
      ;;
    esac
    shut
  done
done
