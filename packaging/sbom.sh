#!/usr/bin/env bash
# usage: sbom.sh TARGET OUT
#
# Copies the SBOM (CycloneDX) that maturin writes into the wheel to OUT/plansmith-VERSION-TARGET.cdx.json. OUT has the wheel.
set -euo pipefail
target=$1 out=$(realpath "$2")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
python3 - "$out" "$version" "$out/plansmith-$version-$target.cdx.json" <<'PYTHON'
import glob, json, sys, zipfile
directory, version, output = sys.argv[1:]
(wheel,) = glob.glob(f"{directory}/plansmith-{version}-*.whl")
with zipfile.ZipFile(wheel) as archive:
    (name,) = [name for name in archive.namelist() if name.endswith(".cyclonedx.json")]
    sbom = json.loads(archive.read(name))
if sbom["metadata"]["component"]["version"] != version or len(sbom["components"]) < 50:
    sys.exit(f"error: unexpected SBOM in {wheel}")
with open(output, "w", encoding="utf-8") as file:
    json.dump(sbom, file, indent=1)
print(output)
PYTHON
