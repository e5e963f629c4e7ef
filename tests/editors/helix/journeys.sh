#!/usr/bin/env bash
# usage: helix.sh HX WORK EDITORS TMUX: drives one Helix in a terminal against the real server and reads the screen. Run by run.sh.
set -uo pipefail
hx=$1 work=$2 editors=$3 tmux=("$4" -L "plansmith-$$" -f /dev/null)
home=$work/home
mkdir -p "$home/.config/helix"
cp "$editors/helix/languages.toml" "$home/.config/helix/languages.toml"
cat >"$home/.config/helix/config.toml" <<'T'
[editor]
auto-pairs = false
end-of-line-diagnostics = "hint"
[editor.inline-diagnostics]
cursor-line = "hint"
T
failed=0
screen() { "${tmux[@]}" capture-pane -p -t hx; }
keys() { "${tmux[@]}" send-keys -t hx "$@"; sleep 0.3; }
check() { # NAME PATTERN
  local i
  for i in $(seq 100); do
    if screen | grep -qE "$2"; then
      echo "ok   $1"
      return 0
    fi
    sleep 0.1
  done
  echo "FAIL $1: /$2/ is not on the screen:"
  screen | sed 's/^/    | /'
  failed=1
  return 1
}
in_file() { # NAME PATTERN
  keys Escape
  keys ':' w Enter
  local i
  for i in $(seq 30); do
    grep -qE "$2" "$work/broken.md" && { echo "ok   $1"; return; }
    sleep 0.1
  done
  echo "FAIL $1: no /$2/ in the file"
  failed=1
}

"${tmux[@]}" new-session -d -s hx -x 150 -y 45 \
  "cd '$work' && env HOME='$home' XDG_CONFIG_HOME='$home/.config' XDG_CACHE_HOME='$home/.cache' XDG_STATE_HOME='$home/.state' TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 '$hx' -v --log '$work/hx.log' broken.md"
check open 'Completed'
check 'inline diagnostic' 'the status is'
keys ' ' d
check diagnostics 'status-open-tasks'
check 'all diagnostics' 'malformed-checkbox'
keys Escape
keys ' ' s
check outline 'Phase|Task|[0-9]+/[0-9]+'
keys Escape
number=$(grep -nE '^- \[ \] ' "$work/broken.md" | head -1 | cut -d: -f1)
keys ':' "$number" Enter
keys ' ' a
check 'code actions' 'Mark the task as done'
# The rows of the menu, in their order; walk down to the wanted one.
row=$(screen | grep -oE 'Mark the (task|[0-9]+ open tasks|open task) as done|Set the status|Write the box|Close the code|Mend everything' | grep -n 'Mark the task as done' | head -1 | cut -d: -f1)
for _ in $(seq 2 "${row:-1}"); do keys Down; done
keys Enter
in_file 'tick a task' "$(sed -n "${number}p" "$work/broken.md" | sed 's/^- \[ \] //; s/[][*.^$()|+?{}\\]/./g; s/^/^- \\[x\\] /')"
keys ':' q '!' Enter
sleep 0.5
"${tmux[@]}" kill-server 2>/dev/null
exit $failed
