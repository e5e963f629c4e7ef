#!/usr/bin/env bash
# usage: run.sh   Builds and packages the VS Code extension and tests it in the real editor, without a screen.
#
# Requires Node.js 20 or later with npm, and Chromium or Debian's apt-get. PLANSMITH is the server to test; by default the
# release build. Downloads are kept in target/editors/vscode. KEEP=1 keeps the folder of the run. PARTS=toggle,view runs only
# these parts of scenario.cjs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if [ -n "${PLANSMITH:-}" ]; then
  PLANSMITH=$(realpath "$PLANSMITH") || exit 2
else
  (cd "$root" && cargo build --release --quiet) || exit 2
  PLANSMITH=${CARGO_TARGET_DIR:-$root/target}/release/plansmith
fi
[ -x "$PLANSMITH" ] || { echo "server $PLANSMITH not found" >&2; exit 2; }
command -v npm >/dev/null || { echo "FAIL npm is not on the PATH"; exit 2; }
tools=$root/target/editors/vscode
extension=$root/editors/vscode
work=$(realpath "$(mktemp -d)")
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
passed=0 failed=0
# Counts and prints the lines "ok   NAME" and "FAIL NAME" of standard input.
count() {
  local line
  while IFS= read -r line; do
    echo "$line"
    case $line in "ok "*) passed=$((passed + 1)) ;; FAIL*) failed=$((failed + 1)) ;; esac
  done
}
step() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then count <<<"ok   $name"; else count <<<"FAIL $name"; tail -40 "$work/log"; fi
}
finish() { echo "$passed passed, $failed failed"; [ "$failed" -eq 0 ]; exit; }

echo "-- the package"
cd "$extension" || exit 2
npm_ci() { for _ in 1 2 3; do npm ci --no-audit --no-fund && return; done; echo "cannot fetch the packages of editors/vscode"; return 1; }
step "npm ci" npm_ci
step "lint" npm run --silent lint
step "types" npm run --silent check
rm -f ./*.vsix
step "package, less than 1 MB" npm run --silent package
vsix=$(ls "$extension"/plansmith-[0-9]*.vsix 2>/dev/null)
[ -f "$vsix" ] || finish
packed_with_server() {
  npm run --silent package -- --target linux-x64 --server "$PLANSMITH" &&
    node_modules/.bin/vsce ls --no-dependencies | tee "$work/files" && ! grep -q '^server' "$work/files" && rm plansmith-linux-x64-*.vsix
}
step "package with the server inside" packed_with_server

echo "-- the editor"
bash "$here/get.sh" "$tools" || { failed=$((failed + 1)); finish; }
probe=$work/probe.vsix
step "package of the probe" bash -c "cd '$here/probe' && '$extension/node_modules/.bin/vsce' package --no-dependencies --skip-license --allow-missing-repository --out '$probe'"
source "$here/session.sh"

# A separate copy of the server, so that its processes can be identified.
mkdir -p "$work/bin" "$work/plans" "$work/out"
cp "$PLANSMITH" "$work/bin/plansmith"
export SERVER_PROGRAM=$work/bin/plansmith TRAFFIC=$work/traffic.jsonl EVIL=$work/evil-ran
# The program that the editor starts: records the traffic of the server.
cat >"$work/bin/recorded" <<W
#!/bin/sh
[ "\$1" = server ] || exec '$SERVER_PROGRAM' "\$@"
exec '$(command -v node)' '$here/tee.mjs' '$TRAFFIC' '$SERVER_PROGRAM' "\$@"
W
chmod +x "$work/bin/recorded"
export PLANSMITH_SERVER=$work/bin/recorded

running() {
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe" 2>/dev/null)" = "$SERVER_PROGRAM" ] && echo "${process#/proc/}"
  done
}
leaves_no_process() {
  for _ in $(seq 50); do [ -z "$(running)" ] && return; sleep 0.1; done
  running | xargs -r kill
  return 1
}
run_session() { # NAME FOLDER SCENARIO [OPTION...]
  local name=$1 folder=$2 scenario=$3 out=$work/out/$1
  shift 3
  mkdir -p "$out"
  session "$folder" "$scenario" "$out" "$@" >"$out/drive.log" 2>&1
  local code=$?
  count < <(cat "$out/results" 2>/dev/null)
  [ $code -eq 0 ] || count <<<"FAIL the session $name: $(tail -3 "$out/drive.log" | tr '\n' ' ')"
  step "$name: quitting leaves no server" leaves_no_process
}

cp "$root"/docs/examples/*.md "$work/plans/"
cp -R "$here"/fixtures/. "$work/plans/"
run_session plans "$work/plans" "$here/scenario.cjs" --disable-workspace-trust

# A workspace with its own server program.
mkdir -p "$work/untrusted/.vscode"
cp "$root/docs/examples/broken.md" "$work/untrusted/"
printf '#!/bin/sh\ntouch "%s"\n' "$EVIL" >"$work/untrusted/evil"
chmod +x "$work/untrusted/evil"
printf '{"plansmith.server.path": "%s"}\n' "$work/untrusted/evil" >"$work/untrusted/.vscode/settings.json"
run_session untrusted "$work/untrusted" "$here/untrusted.cjs"

echo "-- the traffic"
step "all messages match the protocol" node "$here/validate.mjs" "$root/tests/data/lsp/metaModel.json" "$TRAFFIC"
tail -1 "$work/log"
finish
