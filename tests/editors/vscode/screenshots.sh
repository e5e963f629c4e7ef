#!/usr/bin/env bash
# usage: screenshots.sh FOLDER   Takes screenshots of the extension into FOLDER. Check each one before copying it to docs/images.
#
# PLANSMITH is the server, as for run.sh. Run run.sh first: it fetches the editor and packages the extension.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
tools=$root/target/editors/vscode
target=$(mkdir -p "$1" && realpath "$1")
PLANSMITH_SERVER=$(realpath "${PLANSMITH:-${CARGO_TARGET_DIR:-$root/target}/release/plansmith}")
export PLANSMITH_SERVER HEIGHT=900
vsix=$(ls "$root"/editors/vscode/plansmith-[0-9]*.vsix)
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
probe=$work/probe.vsix
(cd "$here/probe" && "$root/editors/vscode/node_modules/.bin/vsce" package --no-dependencies --skip-license --allow-missing-repository --out "$probe") >/dev/null 2>&1
source "$here/session.sh"
mkdir -p "$work/out" "$work/Library"
cp "$root"/docs/examples/*.md "$work/Library/"
session "$work/Library" "$here/screenshots.cjs" "$work/out" --disable-workspace-trust || true
cat "$work/out/results"
cp "$work"/out/*.png "$target/"
