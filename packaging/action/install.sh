#!/usr/bin/env bash
# Step of action.yml: installs the wheel of PLANSMITH_VERSION (empty: the latest) in its own environment below RUNNER_TEMP,
# and puts the program on the PATH of the following steps.
set -euo pipefail
environment=$RUNNER_TEMP/plansmith
# Windows has no `python3`.
python=$(command -v python3 || command -v python)
"$python" -m venv "$environment"
if [ -d "$environment/Scripts" ]; then bin=$environment/Scripts; else bin=$environment/bin; fi
"$bin/python" -m pip install --quiet --disable-pip-version-check --only-binary plansmith \
  "plansmith${PLANSMITH_VERSION:+==$PLANSMITH_VERSION}"
version=$("$bin/plansmith" --version)
echo "installed $version"
echo "version=${version#plansmith }" >> "$GITHUB_OUTPUT"
echo "$bin" >> "$GITHUB_PATH"
