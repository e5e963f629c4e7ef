#!/usr/bin/env bash
# usage: lint.sh
#
# Checks the files of this directory, and the workflows, hooks and action of the root, with the linters that are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

# lint NAME COMMAND...: runs a linter; its first word must be installed.
lint() {
  local name=$1
  shift
  if ! command -v "$1" >/dev/null; then
    echo "skipped $name ($1 not found)"
    skipped=$((skipped + 1))
  elif "$@" > "$work/output" 2>&1; then
    echo "ok      $name"
    passed=$((passed + 1))
  else
    echo "FAILED  $name"
    cat "$work/output"
    failed=$((failed + 1))
  fi
}

PARTIAL=1 packaging/render.sh target/packages "$work/rendered"
if grep -rn '@VERSION@\|@DATE@\|@SHA256' "$work/rendered"; then echo "error: placeholder not replaced" >&2; exit 1; fi
yaml='{extends: default, rules: {line-length: disable, document-start: disable, truthy: disable, comments-indentation: disable, braces: {max-spaces-inside: 1}}}'

lint "scripts" shellcheck --exclude=SC1091 packaging/*.sh packaging/action/*.sh
for script in packaging/*.sh packaging/action/*.sh; do lint "$script" bash -n "$script"; done
lint "YAML" yamllint --strict -d "$yaml" .github .pre-commit-hooks.yaml action.yml packaging/gitlab "$work/rendered"
lint "workflows" check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
if [ -n "$(command -v actionlint)" ]; then lint "workflows" actionlint; fi
lint "action" check-jsonschema --builtin-schema vendor.github-actions action.yml
lint "pre-commit hooks" pre-commit validate-manifest .pre-commit-hooks.yaml
lint "container" hadolint packaging/container/Containerfile
lint "Homebrew" ruby -c "$work/rendered/homebrew/plansmith.rb"
lint "AUR" bash -n "$work/rendered/aur/PKGBUILD"
# makepkg refuses to run as root.
if [ "$(id -u)" -ne 0 ]; then lint "AUR" makepkg --printsrcinfo --dir "$work/rendered/aur"; fi
lint "Nix" nix-instantiate --parse "$work/rendered/nix/package.nix"
lint "Scoop" python3 -m json.tool "$work/rendered/scoop/plansmith.json"
for file in pyproject.toml packaging/helix/languages.toml packaging/zed/extension.toml packaging/zed/Cargo.toml; do
  lint "$file" python3 -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], "rb"))' "$file"
done
for file in packaging/npm/build.mjs packaging/npm/plansmith/bin/plansmith.js; do lint "$file" node --check "$file"; done
lint "nvim-lspconfig" luac -p packaging/nvim-lspconfig/plansmith.lua
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
