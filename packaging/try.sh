#!/usr/bin/env bash
# usage: try.sh
#
# Installs each package in target/packages, as built by build.sh, in an empty environment and checks the example plans
# with it. OUT changes the directory.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=${OUT:-$PWD/target/packages}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# empty COMMAND...: runs a command with an empty home directory and the system's programs only.
empty() { env -i HOME="$work/home" LANG=C.UTF-8 PATH="$path" "$@"; }

# check NAME COMMAND...: the command must be this version of plansmith, and report the findings of the examples.
check() {
  local name=$1 output
  shift
  output=$("$@" --version && cd "$root" && "$@" check docs/examples --exit-zero 2>&1) || true
  if [[ $output = "plansmith $version"$'\n'*"7 files: 5 plans OK, 2 with findings"* ]]; then
    echo "ok      $name"
    passed=$((passed + 1))
  else
    echo "FAILED  $name"
    printf '%s\n' "$output" | tail -5
    failed=$((failed + 1))
  fi
}

# found FILE: whether build.sh built this file.
found() {
  if [ -e "$1" ]; then return 0; fi
  echo "not built: ${1##*/}"
  return 1
}

mkdir "$work/home"
# Without the directories in which this version or another one could be installed.
path=$(dirname "$(command -v node || command -v sh)"):/usr/bin:/bin
for directory in ${path//:/ }; do
  if [ -e "$directory/plansmith" ]; then echo "error: plansmith is installed in $directory" >&2; exit 2; fi
done

(cd "$out" && sha256sum --check --quiet SHA256SUMS)

for file in "$out"/plansmith-"$version"-*.tar.gz; do
  found "$file" || continue
  mkdir "$work/archive"
  tar -xzf "$file" -C "$work/archive"
  check "${file##*/}" empty "$work"/archive/*/plansmith
done

for file in "$out"/plansmith-"$version"-*.whl; do
  found "$file" || continue
  python3 -m venv "$work/venv"
  empty "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$file"
  check "${file##*/}" empty "$work/venv/bin/plansmith"
done

for file in "$out"/plansmith-"${version}"*.tgz; do
  found "$file" || continue
  mkdir "$work/npm"
  (cd "$work/npm" && empty npm install --silent --offline --no-audit --no-fund "$out"/plansmith-cli-*-"$version".tgz "$file")
  check "${file##*/}" empty "$work/npm/node_modules/.bin/plansmith"
  server=$(printf 'Content-Length: 2\r\n\r\n{}' | empty "$work/npm/node_modules/.bin/plansmith" server 2>/dev/null >/dev/null; echo $?)
  [ "$server" -lt 128 ] || { echo "FAILED  npm: the server ended with $server"; failed=$((failed + 1)); }
done

for file in "$out"/plansmith_"$version"*.deb; do
  found "$file" || continue
  if command -v mmdebstrap >/dev/null; then
    # A new Debian with nothing but the essential packages.
    . /etc/os-release
    mmdebstrap --quiet --variant=essential --include="$file" --hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount \
      "$VERSION_CODENAME" "$work/debian"
    mkdir -p "$work/debian$root/docs"
    cp -r docs/examples "$work/debian$root/docs/"
    check "${file##*/} in a new Debian" chroot "$work/debian" sh -c "cd '$root' && exec plansmith \"\$@\"" sh
  else
    dpkg --extract "$file" "$work/deb"
    check "${file##*/} (extracted; mmdebstrap not found)" empty "$work/deb/usr/bin/plansmith"
  fi
done

for file in "$out"/plansmith-linux-*-"$version".vsix; do
  found "$file" || continue
  mkdir "$work/vsix"
  python3 -m zipfile -e "$file" "$work/vsix"
  chmod +x "$work/vsix/extension/server/plansmith"
  check "${file##*/}" empty "$work/vsix/extension/server/plansmith"
done

if command -v buildah >/dev/null && buildah --storage-driver vfs inspect --type image "plansmith:$version" >/dev/null 2>&1; then
  container=$(buildah --storage-driver vfs from --pull-never "plansmith:$version")
  check "container image" buildah --storage-driver vfs run --isolation chroot --volume "$root/docs:/work/docs:ro" \
    "$container" /plansmith
  buildah --storage-driver vfs rm "$container" >/dev/null
fi

# run NAME COMMAND...: runs a script that tries the wheel in another tool.
run() {
  local name=$1
  shift
  if OUT=$out "$@" > "$work/output" 2>&1; then
    echo "ok      $name"
    passed=$((passed + 1))
  else
    echo "FAILED  $name"
    tail -20 "$work/output"
    failed=$((failed + 1))
  fi
}

if [ -d "$work/venv" ]; then
  if command -v pre-commit >/dev/null; then
    run "pre-commit hook" packaging/try_pre_commit.sh
  else
    echo "not tried: pre-commit hook (needs pre-commit)"
  fi
  if python3 -c 'import yaml' 2>/dev/null; then
    run "GitHub Action" python3 packaging/action/try.py
  else
    echo "not tried: GitHub Action (needs PyYAML)"
  fi
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
