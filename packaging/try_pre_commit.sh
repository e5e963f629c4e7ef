#!/usr/bin/env bash
# usage: try_pre_commit.sh
#
# Runs the pre-commit hook of docs/how-to/ci.md, with the wheel in target/packages instead of a released one: a commit of
# a plan with a warning must fail, and one without must pass. OUT changes the directory. Needs pre-commit.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=${OUT:-$PWD/target/packages}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# pre-commit itself needs setuptools from the index.
export PRE_COMMIT_HOME=$work/cache PIP_FIND_LINKS=$out
export GIT_CONFIG_GLOBAL=$work/gitconfig
git config --global user.name tester
git config --global user.email tester@example.org

mkdir "$work/repository"
cd "$work/repository"
git init --quiet
# The configuration is the first one below the heading.
awk '/^## pre-commit/ {on = 1} on && /^```$/ {exit} on && yaml {print} on && /^```yaml/ {yaml = 1}' \
  "$root/docs/how-to/ci.md" > .pre-commit-config.yaml
pre-commit validate-config .pre-commit-config.yaml
cp "$root/docs/examples/project-plan.md" plan.md
git add .
pre-commit run
git commit --quiet --no-verify --message "Add a plan"
cp "$root/docs/examples/broken.md" plan.md
git add .
if pre-commit run > "$work/output"; then
  echo "error: the hook accepts a plan with warnings" >&2
  exit 1
fi
grep -q 'warning\[status-open-tasks\]' "$work/output"
echo "2 passed, 0 failed"
