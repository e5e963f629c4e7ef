#!/usr/bin/env bash
# usage: get.sh FOLDER
# Fetches into FOLDER what is needed to run VS Code without a screen: code-server (VS Code's workbench in a browser, with its
# extension host), its Node.js, playwright-core, which drives the browser, and axe-core, which checks accessibility. Uses the system's Chromium, or installs Debian's
# if it is missing. Does not fetch again what is complete.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
code_server=4.139.1 node=24.21.0 playwright=1.65.1 axe=4.14.1

# Runs a download with up to three attempts, then reports the failure.
fetch() { # WHAT COMMAND...
  local what=$1 attempt
  shift
  for attempt in 1 2 3; do
    if "$@" >"$folder/fetch.log" 2>&1; then return; fi
    echo "attempt $attempt to fetch $what failed" >&2
    sleep $((attempt * 2))
  done
  tail -20 "$folder/fetch.log" >&2
  echo "FAIL cannot fetch $what" >&2
  exit 1
}

# A folder is complete when its marker file has the expected version.
complete() { [ "$(cat "$folder/$1/.complete" 2>/dev/null)" = "$2" ]; }
begin() { rm -rf "${folder:?}/$1"; mkdir -p "$folder/$1"; echo '{"private": true}' >"$folder/$1/package.json"; }
npm_install() { # FOLDER ARGUMENTS...
  (cd "$1" && shift && npm install --no-audit --no-fund --loglevel=error --ignore-scripts "$@")
}

install_chromium() {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core
}
if ! command -v chromium >/dev/null; then
  command -v apt-get >/dev/null || { echo "FAIL chromium is not on the PATH, and apt-get to install it was not found" >&2; exit 1; }
  fetch "Chromium (Debian's package chromium)" install_chromium
fi

if ! complete node "$node"; then
  begin node
  # The package that the install script of npm's package "node" selects.
  platform=node-linux-$(node -p process.arch)
  fetch "Node.js $node (npm's package $platform)" npm_install "$folder/node" "$platform@$node"
  ln -s "node_modules/$platform/bin" "$folder/node/bin"
  echo "$node" >"$folder/node/.complete"
fi

if ! complete playwright "$playwright $axe"; then
  begin playwright
  fetch "playwright-core $playwright and axe-core $axe" npm_install "$folder/playwright" "playwright-core@$playwright" "axe-core@$axe"
  echo "$playwright $axe" >"$folder/playwright/.complete"
fi

if ! complete code-server "$code_server"; then
  begin code-server
  PATH="$folder/node/bin:$PATH"
  fetch "code-server $code_server" npm_install "$folder/code-server" "code-server@$code_server"
  # Replaces the package's install script, without building the native modules for log files and terminals.
  vscode=$folder/code-server/node_modules/code-server/lib/vscode
  fetch "the packages of VS Code in code-server $code_server" npm_install "$vscode" --omit=dev
  fetch "the packages of VS Code's extensions in code-server $code_server" npm_install "$vscode/extensions" --omit=dev
  echo "$code_server" >"$folder/code-server/.complete"
fi
