#!/usr/bin/env bash
# usage: render.sh DIST OUT
#
# Writes the manifests of package managers into the directory OUT, with the version of the workspace, the date, and the
# checksums of the archives in DIST. `@VERSION@`, `@DATE@` and `@SHA256 TARGET@` in the templates are replaced. An archive
# that does not exist is an error, except with PARTIAL=1, which writes zeros.
set -euo pipefail
dist=$(realpath -m "$1") out=$(mkdir -p "$2" && realpath "$2")
cd "$(dirname "$0")"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../Cargo.toml | head -1)
templates=(aur/PKGBUILD homebrew/plansmith.rb mason/package.yaml nix/package.nix scoop/plansmith.json winget/*.yaml)
# The date of the commit, as in the archives.
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" +%F)

# checksum TARGET: prints the checksum of an archive.
checksum() {
  local file
  for file in "$dist/plansmith-$version-$1".{tar.gz,zip}; do
    if [ -e "$file" ]; then sha256sum "$file" | cut -d ' ' -f 1; return; fi
  done
  if [ -n "${PARTIAL:-}" ]; then printf '%064d\n' 0; return; fi
  echo "error: archive for \`$1\` not found in \`$dist\`" >&2
  return 1
}

for template in "${templates[@]}"; do
  mkdir -p "$out/$(dirname "$template")"
  text=$(sed "s/@VERSION@/$version/g; s/@DATE@/$date/g" "$template")
  while read -r target; do
    sum=$(checksum "$target")
    text=${text//@SHA256 $target@/$sum}
  done < <(grep -o '@SHA256 [a-z0-9_-]*@' "$template" | sed 's/@SHA256 \(.*\)@/\1/' | sort -u)
  printf '%s\n' "$text" > "$out/$template"
done
