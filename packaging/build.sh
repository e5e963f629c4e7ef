#!/usr/bin/env bash
# usage: build.sh [KIND...]
#
# Builds packages for this Linux machine into target/packages, all from one release build. KIND is one of archive,
# wheel (with the SBOM), npm, deb, vsix, container. Without arguments, kinds whose tools are not installed are skipped; a kind
# that is named needs its tools. OUT changes the directory. PROFILE=dev takes a debug build, to try a change of the packaging.
set -euo pipefail
cd "$(dirname "$0")/.."
kinds=("$@")
[ $# -gt 0 ] || kinds=(archive wheel npm deb vsix container)
named=$#
out=${OUT:-$PWD/target/packages}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
target=$(rustc -vV | sed -n 's/^host: //p')
case $target in
  x86_64-*) node_arch=x64 container_arch=amd64 ;;
  aarch64-*) node_arch=arm64 container_arch=arm64 ;;
  *) echo "error: no packages for \`$target\`" >&2; exit 2 ;;
esac
profile=${PROFILE:-release}
case $profile in
  dev) built=$PWD/target/debug/plansmith ;;
  *) built=$PWD/target/$profile/plansmith ;;
esac
program=$out/.program/plansmith
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
skipped=()

# needs KIND COMMAND: returns 1, and records the kind as skipped, if the command is not installed.
needs() {
  command -v "$2" >/dev/null && return 0
  if [ "$named" -gt 0 ]; then echo "error: $1 needs \`$2\`" >&2; exit 2; fi
  skipped+=("$1 (needs $2)")
  return 1
}

build_archive() { packaging/archive.sh "$target" "$program" "$out"; }

build_wheel() {
  needs wheel python3 || return 0
  if ! command -v maturin >/dev/null; then
    python3 -m venv target/packaging-tools
    target/packaging-tools/bin/pip install --quiet --disable-pip-version-check 'maturin>=1.16,<2'
    export PATH=$PWD/target/packaging-tools/bin:$PATH
  fi
  # The build is up to date, so this takes the program as it is.
  maturin build --profile "$profile" --locked --out "$out"
  packaging/sbom.sh "$target" "$out"
}

build_npm() {
  needs npm npm || return 0
  node packaging/npm/build.mjs "$out" "linux-$node_arch=$program"
}

build_deb() {
  needs deb cargo-deb || return 0
  cargo deb --package plansmith --profile "$profile" --no-build --output "$out"
}

build_vsix() {
  needs vsix npm || return 0
  (
    cd editors/vscode
    [ -d node_modules ] || npm ci --silent
    node scripts/package.mjs --target "linux-$node_arch" --server "$program"
    mv "plansmith-linux-$node_arch-$version.vsix" "$out/"
  )
}

build_container() {
  needs container buildah || return 0
  local context=$out/container
  rm -rf "$context"
  install -D "$program" "$context/$container_arch/plansmith"
  # A release puts the static program into the image. This one needs its libraries.
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    install -D "$library" "$context/$container_arch$library"
  done
  buildah --storage-driver vfs bud --quiet --isolation chroot --build-arg "TARGETARCH=$container_arch" \
    --file packaging/container/Containerfile --tag "plansmith:$version" "$context"
  rm -rf "$context"
}

cargo build --profile "$profile" --locked --package plansmith
mkdir -p "$out/.program"
# Without the debug information of a debug build.
strip -o "$program" "$built"
for kind in "${kinds[@]}"; do
  printf '\n== %s\n' "$kind"
  "build_$kind"
done
rm -r "$out/.program"
sums=$(cd "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf "%P\n" | sort | xargs sha256sum)
printf "%s\n" "$sums" > "$out/SHA256SUMS"
printf '\n'
ls -l "$out"
for kind in "${skipped[@]}"; do echo "skipped: $kind"; done
