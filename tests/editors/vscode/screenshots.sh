#!/usr/bin/env bash
# usage: screenshots.sh FOLDER   Takes pictures of the extension at work into FOLDER. To be looked at before they go into docs/images.
#
# PLANSMITH names the server, as for run.sh, which has to have run before: it fetches the editor and packs the extension.
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
session "$work/Library" "$here/pictures.cjs" "$work/out" --disable-workspace-trust || true
cat "$work/out/results"
cp "$work"/out/*.png "$target/"
