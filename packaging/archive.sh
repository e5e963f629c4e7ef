#!/usr/bin/env bash
# usage: archive.sh TARGET PROGRAM OUT
#
# Packs the program, built for a Rust target, with the licenses, README and changelog into
# OUT/plansmith-VERSION-TARGET.tar.gz, or .zip for Windows. The same input gives the same bytes.
set -euo pipefail
target=$1 program=$(realpath "$2") out=$(mkdir -p "$3" && realpath "$3")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
name="plansmith-$version-$target"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name"
cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$work/$name/"
case $target in
  *windows*)
    cp "$program" "$work/$name/plansmith.exe"
    rm -f "$out/$name.zip"
    (cd "$work" && 7z a -bd -tzip "$out/$name.zip" "$name" >/dev/null)
    echo "$out/$name.zip"
    ;;
  *)
    install -m 755 "$program" "$work/$name/plansmith"
    # The date of the commit, so that the archive does not depend on when it is built.
    date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    python3 - "$work" "$name" "$out/$name.tar.gz" "$date" <<'PYTHON'
import gzip, os, sys, tarfile
work, name, out, date = sys.argv[1:]
def normalize(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = int(date)
    entry.mode = 0o755 if entry.isdir() or os.path.basename(entry.name) == "plansmith" else 0o644
    return entry
with open(out, "wb") as file, gzip.GzipFile("", "wb", 9, file, int(date)) as stream, tarfile.open(fileobj=stream, mode="w") as tar:
    for path in [name] + sorted(os.path.join(name, file) for file in os.listdir(os.path.join(work, name))):
        tar.add(os.path.join(work, path), path, recursive=False, filter=normalize)
PYTHON
    echo "$out/$name.tar.gz"
    ;;
esac
