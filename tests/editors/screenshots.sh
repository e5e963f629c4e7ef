#!/usr/bin/env bash
# usage: screenshots.sh [nvim|hx]...                 Takes the screenshots of the documentation into docs/images. Check each of them.
#        SCREENS=FOLDER screenshots.sh [nvim|hx]...  Takes all screens of all journeys into FOLDER: dark and light, narrow and wide.
#
# Requires what run.sh requires, python3 and chromium. Opens the editors as `cargo xtask try` does. ONLY=PATTERN takes only the
# screens whose names match.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
xtask=${XTASK:-cargo xtask}
tools=$root/target/editors
bash "$here/get.sh" "$tools"
tmux=("$tools/tmux" -L "plansmith-screenshots-$$" -f /dev/null)
# The screenshots of the documentation.
documentation=' neovim neovim-next neovim-outline neovim-graph helix helix-outline helix-tasks '
columns=112 rows=32 theme=dark
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
run() { # COMMAND: runs an editor command
  type ":$1"
  keys Enter
  sleep 1
}
take() { # NAME
  [[ $1 =~ ${ONLY:-.} ]] || return 0
  local file
  if [ -n "${SCREENS:-}" ]; then
    mkdir -p "$SCREENS"
    file=$SCREENS/$1-$theme-$columns.png
  else
    case $documentation in *" $1 "*) file=$root/docs/images/$1.png ;; *) return 0 ;; esac
  fi
  sleep 1
  "${tmux[@]}" capture-pane -p -e -N -t screen | python3 "$here/ansi.py" $columns $rows $theme >"$scratch/page.html"
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$scratch/profile" \
    --window-size=$((columns * 8)),$((rows * 17 + 16)) --screenshot="$file" "file://$scratch/page.html" >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; return 1; }
  echo "$file"
}
open() { # EDITOR
  rm -rf "$root/target/try"
  "${tmux[@]}" new-session -d -s screen -x $columns -y $rows "TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 $xtask try $1 2>$scratch/stderr"
  "${tmux[@]}" set-option -g status off
  "${tmux[@]}" set-option -sa terminal-overrides ',xterm-256color:RGB'
  for _ in $(seq 600); do
    "${tmux[@]}" capture-pane -p -t screen 2>/dev/null | grep -q 'status is' && break
    sleep 0.2
  done
  "${tmux[@]}" capture-pane -p -t screen 2>/dev/null | grep -q 'status is' || { cat "$scratch/stderr" >&2; return 1; }
  # A set of documents next to the examples.
  cp -r "$here/sets/specs" "$root/target/try/plans/"
  sleep 2
}
shut() {
  "${tmux[@]}" kill-server
  sleep 1
}

neovim() {
  open nvim
  # Neovim detects this by itself, except behind the start script of get.sh.
  run 'set termguicolors'
  [ $theme = dark ] || run 'set background=light'
  run '33'
  type 'zz'
  take neovim
  run 'edit implementation-plan.md'
  sleep 2
  run 'PlanNext'
  keys Enter
  type 'zt'
  type 'f2'
  type 'K'
  take neovim-next
  # Moving the cursor closes the hover.
  type 'j'
  run 'cclose'
  run '92'
  type 'gO'
  sleep 1
  take neovim-outline
  run 'lclose'
  run 'PlanGraph'
  take neovim-graph
  type 'q'
  run 'PlanNext!'
  take neovim-next-all
  run 'cclose'
  run 'PlanStatus'
  take neovim-status
  run 'cclose'
  run 'PlanPick'
  take neovim-pick
  type 'q'
  keys Enter
  type ':PlanState '
  keys Tab
  take neovim-states
  keys Escape
  keys Escape
  type 'gra'
  sleep 1
  take neovim-actions
  keys Escape
  run 'edit half-written.md'
  sleep 1
  type 'Go'
  keys Enter
  type '## St'
  sleep 1
  take neovim-completion
  keys Escape
  run 'edit!'
  run 'edit specs/001-hold-shelf/spec.md'
  sleep 1
  take neovim-set
  run 'checkhealth plansmith'
  take neovim-health
  run 'help plansmith-commands'
  run 'only'
  take neovim-help
  shut
}

helix() {
  open hx
  [ $theme = dark ] || run 'theme onelight'
  type '33ggghll'
  keys Space a
  take helix
  keys Escape
  run 'open implementation-plan.md'
  sleep 2
  keys Space s
  sleep 1
  take helix-outline
  keys Escape
  type '92gg'
  keys Space t
  take helix-tasks
  keys Escape
  keys Space S
  type '2.1'
  sleep 1
  take helix-symbols
  keys Escape
  keys Space d
  take helix-diagnostics
  keys Escape
  type '95ggghfT'
  keys Space k
  take helix-hover
  keys Escape
  run 'sh plansmith status'
  take helix-status
  keys Escape
  run 'sh plansmith next'
  take helix-next
  keys Escape
  run 'sh plansmith graph --format text implementation-plan.md'
  take helix-graph
  keys Escape
  run 'open half-written.md'
  sleep 1
  type 'geo'
  keys Enter
  type '## St'
  sleep 1
  take helix-completion
  keys Escape
  run 'reload'
  run 'open specs/001-hold-shelf/spec.md'
  sleep 1
  take helix-set
  shut
}

[ $# -gt 0 ] || set -- nvim hx
for editor in "$@"; do
  case $editor in nvim) journeys=neovim ;; hx) journeys=helix ;; *) echo "unknown editor: $editor" >&2; exit 2 ;; esac
  if [ -z "${SCREENS:-}" ]; then
    $journeys
    continue
  fi
  for theme in dark light; do
    for size in '80 24' '150 42'; do
      read -r columns rows <<<"$size"
      $journeys
    done
  done
done
