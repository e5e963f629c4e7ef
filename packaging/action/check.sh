#!/usr/bin/env bash
# Step of action.yml: checks PLANSMITH_PATHS and writes annotations, and SARIF to PLANSMITH_SARIF_FILE unless it is empty.
# PLANSMITH_ARGUMENTS and PLANSMITH_PATHS have one argument per line.
set -euo pipefail
arguments=()
if [ -n "$PLANSMITH_FAIL_ON" ]; then arguments+=(--fail-on "$PLANSMITH_FAIL_ON"); fi
while IFS= read -r line; do
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<<"$PLANSMITH_ARGUMENTS"
paths=()
while IFS= read -r line; do
  if [ -n "$line" ]; then paths+=("$line"); fi
done <<<"$PLANSMITH_PATHS"

if [ -n "$PLANSMITH_SARIF_FILE" ]; then
  # The findings decide about the job below, after this file exists.
  plansmith check --format sarif --exit-zero -- "${paths[@]}" > "$PLANSMITH_SARIF_FILE"
fi
plansmith check --format github "${arguments[@]}" -- "${paths[@]}"
