#!/usr/bin/env bash
# usage: journeys.sh HX TMUX   End-to-end test in Helix in a terminal: sends keys and reads the screen. Run by run.sh, which
# sets WORK, ROOT and SERVER.
set -uo pipefail
hx=$1 tmux=("$2" -L "plansmith-$$" -f /dev/null)
config=$HOME/.config/helix
mkdir -p "$config/themes"
# The shipped configuration, without automatic closing brackets, and with a theme that marks the selected menu item.
cp "$ROOT/editors/helix/languages.toml" "$config/languages.toml"
# Before 25.07, :lsp-restart requires all listed servers to be installed; see README.md.
case $("$hx" --version) in *' 25.01'*) sed -i 's/^language-servers.*/language-servers = ["plansmith"]/' "$config/languages.toml" ;; esac
{ echo 'theme = "marked"'; sed 's/^\[editor\]$/&\nauto-pairs = false/' "$ROOT/editors/helix/config.toml"; } >"$config/config.toml"
printf 'inherits = "default"\n"ui.menu.selected" = { fg = "#000000", bg = "#ff0001" }\n' >"$config/themes/marked.toml"
failed=0
ok() { echo "ok   $1"; }
fail() { # NAME MESSAGE
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
check_gone() { # NAME PATTERN
  if until_true 10 not_on_screen "$2"; then ok "$1"; return; fi
  fail "$1" "/$2/ is still on the screen:"
  screen | sed 's/^/    | /'
}
check_file() { # NAME FILE PATTERN: saves all files and searches FILE
  command 'write-all'
  if until_true 5 grep -qE -- "$3" "$WORK/$2"; then ok "$1"; return; fi
  fail "$1" "no /$3/ in $2:"
  screen | sed 's/^/    | /'
}
line() { # FILE PATTERN: prints the number of the first match
  grep -nE -- "$2" "$WORK/$1" | head -1 | cut -d: -f1
}
is_selected() { screen -e | grep -qE "48;2;255;0;1m[^$(printf '\033')]*$1"; }
choose() { # NAME TITLE: runs the code action whose title matches. The editor decides the order of the menu.
  local i
  keys Space a
  until_true 5 eval 'screen -e | grep -q "48;2;255;0;1m"' || { fail "$1" "no menu on the screen"; return 1; }
  for i in $(seq 30); do
    is_selected "$2" && { keys Enter; return; }
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
check 'progress after a phase heading' 'Phase 1: One Table *[0-9]/[0-9]'

# A quick fix, saved.
command "$(line broken.md '^- \[\] ')"
type 'gh2l'
choose 'quick fix' 'Replace with'
check_file 'quick fix' broken.md '^- \[ \] \*\*Task 1\.3'
choose 'fix all' 'Fix all'
check_file 'fix all' broken.md '^- \[ \] \*\*Task 2\.3'

# Toggling tasks. Two spaces after the title exclude longer titles.
number=$(line broken.md '^- \[ \] The desk')
command "$number"
choose 'complete a task' 'Complete task  '
check_file 'complete a task' broken.md '^- \[x\] The desk'
keys u
check_file 'one undo step' broken.md '^- \[ \] The desk'
number=$(line broken.md '^- \[ \] \*\*Task 2\.3')
command "$number"
type '2x'
choose 'a selection' 'Complete ([0-9]+ tasks|(open )?task)  '
check_file 'a selection' broken.md '^- \[x\] \*\*Task 2\.3'

# The keys of config.toml.
case $("$hx" --version) in
*' 25.01'*) ;;
*)
  number=$(line broken.md '^- \[ \] The desk')
  command "$number"
  keys Space t
  check 'keys for tasks' 'toggleTask'
  keys t
  check_file 'space t t' broken.md '^- \[x\] The desk'
  keys Space t o
  check_file 'space t o' broken.md '^- \[ \] The desk'
  number=$(line broken.md '^- \[x\] \*\*Task 2\.1')
  command "$number"
  type '2x'
  keys Space t a
  check_file 'a state for a selection' broken.md '^- \[/\] \*\*Task 2\.2'
  keys u
  command 'open implementation-plan.md'
  check 'open a third plan' 'Due-Date Reminders'
  keys Space t n
  check 'space t n' " $(line implementation-plan.md '^\*\*Task 2\.1\*\*: Collect the loans'):"
  command 'open half-written.md'
  check 'open a plan with placeholders' 'Self-Service Fines'
  keys Space t p
  check 'space t p' ' 21:'
  keys Space t s
  check 'space t s' 'half-written\.md .*2/6'
  keys Escape
  keys Space t g
  check 'space t g' '▸ \[/\] 1\.2 Take payments'
  keys Escape
  command 'open broken.md'
  ;;
esac

# Hover.
command "$(line broken.md 'Task 1\.2')"
type 'gh8l'
keys Space k
check hover 'Task 1\.2|1\.2 '
keys Escape

# Across files: definition and rename.
command 'open sibling.md'
check 'open a second plan' 'Opening Hours on Paper'
command "$(line sibling.md 'phase-2-pages')"
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
check_file 'rename' broken.md '^### Phase 2: Branch Pages'
check_file 'rename in another file' sibling.md '#phase-2-branch-pages'

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
check_file 'a section is completed' half-written.md '^## Status Log'
check_file 'with tab stops' half-written.md '\| 2026-01-02 \| Planning \|'
check_file 'and the next tab stop' half-written.md '\| 2026-02-03 \| In Progress \|'

# A set of documents: specification, plan and tasks.
set=specs/001-hold-shelf
command "open $set/tasks.md"
check 'open the tasks of a set' 'Tasks: Hold Shelf Notices'
number=$(line $set/tasks.md 'T003')
command "$number"
type 'ghf(ll'
keys Space k
check 'hover on a requirement' 'one message per book'
keys Escape
type 'gd'
check 'definition of a requirement' 'spec\.md.* 29:'
keys Space d
check 'a requirement without tasks is reported' 'uncovered-requirement'
keys Escape
keys Space s
check 'outline of a specification' 'FR-001 The system MUST'
keys Escape
type 'ghf*lll'
keys Space r
sleep 0.5
keys C-u
type 'FR-010'
keys Enter
check_file 'rename of a requirement' $set/spec.md '\*\*FR-010\*\*'
check_file 'rename in the tasks' $set/tasks.md 'T003.*FR-010'
check_file 'rename in the plan' $set/plan.md 'FR-010'

# A project setting while the server is running.
command 'open broken.md'
check 'finding before the setting' 'status is'
printf '[rules]\nstatus-open-tasks = "off"\n' >"$HOME/settings"
command 'open plansmith.toml'
type 'i'
type '[rules]'
keys Enter
type 'status-open-tasks = "off"'
command 'write'
command 'open broken.md'
check_gone 'a setting at runtime' 'status is'
command 'open plansmith.toml'
type '%d'
command 'write'
command 'open broken.md'
check 'setting restored' 'status is'

# Restart after a crash.
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/exe")" = "$SERVER" ] && kill -9 "${process#/proc/}"
done
check_gone 'the crash is noticed' 'status is'
command 'lsp-restart'
check 'restart after a crash' 'status is'

command 'quit-all!'
until_true 5 bash -c "! '${tmux[0]}' -L plansmith-$$ has-session -t hx 2>/dev/null" && ok quit || fail quit 'Helix is still running'
"${tmux[@]}" kill-server 2>/dev/null
exit $failed
