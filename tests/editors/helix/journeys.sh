#!/usr/bin/env bash
# usage: journeys.sh HX TMUX   What people do with plans in Helix, in a terminal: keys go in, the screen is read. Run by run.sh,
# which sets WORK, ROOT and SERVER.
set -uo pipefail
hx=$1 tmux=("$2" -L "plansmith-$$" -f /dev/null)
config=$HOME/.config/helix
mkdir -p "$config/themes"
# The configuration that we ship; pairs of brackets would change what keys write, and the theme shows what is chosen in a menu.
cp "$ROOT/editors/helix/languages.toml" "$config/languages.toml"
# Before 25.07, servers are restarted only when all that the list names are installed; README.md says so.
case $("$hx" --version) in *' 25.01'*) sed -i 's/^language-servers.*/language-servers = ["plansmith"]/' "$config/languages.toml" ;; esac
{ echo 'theme = "seen"'; sed 's/^\[editor\]$/&\nauto-pairs = false/' "$ROOT/editors/helix/config.toml"; } >"$config/config.toml"
printf 'inherits = "default"\n"ui.menu.selected" = { fg = "#000000", bg = "#ff0001" }\n' >"$config/themes/seen.toml"
failed=0
ok() { echo "ok   $1"; }
fail() { # NAME WHAT
  echo "FAIL $1: $2"
  failed=1
}
screen() { "${tmux[@]}" capture-pane -p "$@" -t hx 2>/dev/null; }
keys() {
  "${tmux[@]}" send-keys -t hx "$@"
  sleep 0.3
}
type() {
  "${tmux[@]}" send-keys -t hx -l "$1"
  sleep 0.3
}
command() {
  keys Escape
  type ":$1"
  keys Enter
}
until_true() { # SECONDS COMMAND...
  local i
  for i in $(seq $(($1 * 10))); do
    "${@:2}" && return
    sleep 0.1
  done
  return 1
}
on_screen() { screen | grep -qE -- "$1"; }
not_on_screen() { ! on_screen "$1"; }
check() { # NAME PATTERN
  if until_true 10 on_screen "$2"; then ok "$1"; return; fi
  fail "$1" "/$2/ is not on the screen:"
  screen | sed 's/^/    | /'
  return 1
}
gone() { # NAME PATTERN
  if until_true 10 not_on_screen "$2"; then ok "$1"; return; fi
  fail "$1" "/$2/ is still on the screen:"
  screen | sed 's/^/    | /'
}
in_file() { # NAME FILE PATTERN: saves and looks
  command 'write-all'
  if until_true 5 grep -qE -- "$3" "$WORK/$2"; then ok "$1"; return; fi
  fail "$1" "no /$3/ in $2:"
  screen | sed 's/^/    | /'
}
line() { # FILE PATTERN: the number of the first such line
  grep -nE -- "$2" "$WORK/$1" | head -1 | cut -d: -f1
}
chosen() { screen -e | grep -qE "48;2;255;0;1m[^$(printf '\033')]*$1"; }
choose() { # NAME TITLE: an action for the cursor; the order of the menu is the editor's
  local i
  keys Space a
  until_true 5 eval 'screen -e | grep -q "48;2;255;0;1m"' || { fail "$1" "there is no menu"; return 1; }
  for i in $(seq 30); do
    chosen "$2" && { keys Enter; return; }
    keys Down
  done
  fail "$1" "/$2/ is not in the menu:"
  screen | sed 's/^/    | /'
  keys Escape
}

health=$("$hx" --health markdown 2>&1 | sed 's/\x1b\[[0-9;]*m//g')
if grep -qE '✓ (plansmith|.*/plansmith)' <<<"$health"; then ok 'hx --health'; else fail 'hx --health' "$health"; fi

"${tmux[@]}" new-session -d -s hx -x 150 -y 45 \
  "cd '$WORK' && env TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 '$hx' -v --log '$HOME/hx.log' notes.md"
check 'ordinary Markdown' 'How we shelve'
sleep 1
keys Space d
check 'no findings in ordinary Markdown' ' 0/0|0/0 '
keys Escape

command 'open broken.md'
check 'open a plan' 'Completed'
check 'a finding at its line' 'status is'
keys Space d
check diagnostics 'status-open-tasks'
check 'all diagnostics' 'malformed-checkbox'
keys Escape
keys Space s
check outline 'Phase|Task'
keys Escape
check 'progress behind a phase' 'Phase 1: One Table *[0-9]/[0-9]'

# A quick fix, saved.
command "$(line broken.md '^- \[\] ')"
type 'gh2l'
choose 'quick fix' 'Replace with'
in_file 'quick fix' broken.md '^- \[ \] \*\*Task 1\.3'
choose 'mend everything' 'Mend everything|Fix all|Mend all'
in_file 'mend everything' broken.md '^- \[ \] \*\*Task 2\.3'

# Ticking and states.
number=$(line broken.md '^- \[ \] The desk')
command "$number"
choose 'tick a task' 'Mark the task as done'
in_file 'tick a task' broken.md '^- \[x\] The desk'
keys u
in_file 'one undo step' broken.md '^- \[ \] The desk'
number=$(line broken.md '^- \[ \] \*\*Task 2\.3')
command "$number"
type '2x'
choose 'a selection' 'Mark (the task|the open task|[0-9]+ (open )?tasks) as done'
in_file 'a selection' broken.md '^- \[x\] \*\*Task 2\.3'

# Understanding.
command "$(line broken.md 'Task 1\.2')"
type 'gh8l'
keys Space k
check hover 'Task 1\.2|1\.2 '
keys Escape

# Across files: definition and rename.
command 'open beside.md'
check 'open a second plan' 'Opening Hours on Paper'
command "$(line beside.md 'phase-2-pages')"
type 'ghf#l'
type 'gd'
check 'definition in another file' 'broken\.md.*[0-9]+:[0-9]+'
keys Escape
command 'open broken.md'
command "$(line broken.md '^### Phase 2')"
type 'gh15l'
keys Space r
sleep 0.5
check 'rename asks for a name' 'rename'
keys C-u
type 'Branch Pages'
keys Enter
in_file 'rename' broken.md '^### Phase 2: Branch Pages'
in_file 'rename in another file' beside.md '#phase-2-branch-pages'

# Completion with tab stops.
command 'open half-written.md'
check 'open a plan with gaps' 'Self-Service Fines'
keys Escape
type 'geo'
keys Enter
type '## '
keys C-x
check 'missing sections are offered' 'Status Log'
type 'St'
keys C-n
keys Enter
sleep 0.5
type '2026-01-02'
keys Tab
type '2026-02-03'
keys Escape
in_file 'a section is completed' half-written.md '^## Status Log'
in_file 'with tab stops' half-written.md '\| 2026-01-02 \| Planning \|'
in_file 'and the next one' half-written.md '\| 2026-02-03 \| In Progress \|'

# A setting of the project, while the server runs.
command 'open broken.md'
check 'finding before' 'status is'
printf '[rules]\nstatus-open-tasks = "off"\n' >"$HOME/settings"
command 'open plansmith.toml'
type 'i'
type '[rules]'
keys Enter
type 'status-open-tasks = "off"'
command 'write'
command 'open broken.md'
gone 'a setting at run time' 'status is'
command 'open plansmith.toml'
type '%d'
command 'write'
command 'open broken.md'
check 'and back' 'status is'

# The server dies and is started again.
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/exe")" = "$SERVER" ] && kill -9 "${process#/proc/}"
done
gone 'the editor notices' 'status is'
command 'lsp-restart'
check 'restarted' 'status is'

command 'quit-all!'
until_true 5 bash -c "! '${tmux[0]}' -L plansmith-$$ has-session -t hx 2>/dev/null" && ok quit || fail quit 'Helix is still there'
"${tmux[@]}" kill-server 2>/dev/null
exit $failed
