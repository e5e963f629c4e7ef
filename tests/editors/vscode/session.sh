# Runs VS Code on a folder with a scenario. Sourced by run.sh and screenshots.sh, which set tools (from get.sh), here, vsix,
# probe, and the environment variables that the scenario reads.

# Returns the exit code of drive.mjs. The results are in OUT.
session() { # FOLDER SCENARIO OUT [OPTION OF CODE-SERVER...]
  local folder=$1 scenario=$2 out=$3 state=$3/state pid port code
  shift 3
  mkdir -p "$state/user/User" "$state/extensions" "$state/home"
  cp "$here/settings.json" "$state/user/User/settings.json"
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  printf 'bind-addr: 127.0.0.1:%s\nauth: none\ncert: false\n' "$port" >"$state/config.yaml"
  local code_server=(env HOME="$state/home" XDG_CONFIG_HOME="$state/home" XDG_DATA_HOME="$state/home"
    PROBE="$scenario" PROBE_OUT="$out"
    "$tools/node/bin/node" "$tools/code-server/node_modules/code-server/out/node/entry.js"
    --config "$state/config.yaml" --user-data-dir "$state/user" --extensions-dir "$state/extensions"
    --disable-telemetry --disable-update-check --disable-getting-started-override)
  "${code_server[@]}" --install-extension "$vsix" --install-extension "$probe" --force >"$out/install.log" 2>&1 ||
    { cat "$out/install.log"; return 1; }
  # A separate process group, so that all of its processes can be stopped.
  setsid "${code_server[@]}" "$@" "$folder" >"$out/code-server.log" 2>&1 &
  pid=$!
  for _ in $(seq 200); do
    node -e 'require("http").get(process.argv[1], (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on("error", () => process.exit(1))' \
      "http://127.0.0.1:$port/healthz" && break
    sleep 0.1
  done
  CHROMIUM=$(command -v chromium) node "$here/drive.mjs" "http://127.0.0.1:$port/?folder=$folder" "$tools/playwright" "$out"
  code=$?
  kill -TERM "$pid" 2>/dev/null
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -KILL -- "-$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  return $code
}
