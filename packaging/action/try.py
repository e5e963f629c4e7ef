"""Runs the steps of action.yml as a runner does, with the wheel in target/packages instead of a released one.

Needs PyYAML. A job with findings must fail with annotations and SARIF, and one without must pass.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(os.environ.get("OUT", ROOT / "target/packages"))


def run(inputs):
    """Runs all steps with these inputs. Returns the exit code of the last step, its output and the SARIF text."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    unknown = set(inputs) - set(action["inputs"])
    assert not unknown, unknown
    values = {name: inputs.get(name, item["default"]) for name, item in action["inputs"].items()}

    with tempfile.TemporaryDirectory() as temporary:
        environment = {
            "HOME": temporary,
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": temporary,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": f"{temporary}/output",
            "GITHUB_PATH": f"{temporary}/path",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(PACKAGES),
        }

        def expand(text):
            text = text.replace("TEMPORARY", temporary)
            return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: expand(values[match[1]]), text)

        for step in action["runs"]["steps"]:
            if step.get("if") == "inputs.check == 'true'" and values["check"] != "true":
                continue
            variables = {name: expand(value) for name, value in step.get("env", {}).items()}
            paths = Path(environment["GITHUB_PATH"])
            added = paths.read_text().splitlines() if paths.exists() else []
            path = os.pathsep.join([*reversed(added), environment["PATH"]])
            result = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=ROOT,
                env={**environment, **variables, "PATH": path},
                capture_output=True,
                text=True,
            )
            if result.returncode != 0:
                break
        sarif = Path(temporary, "plans.sarif")
        return result.returncode, result.stdout + result.stderr, sarif.read_text() if sarif.exists() else ""


code, output, sarif = run({
    "paths": "docs/examples/broken.md\ndocs/examples/project-plan.md\n",
    "fail-on": "warning",
    "sarif-file": "TEMPORARY/plans.sarif",
})
assert code == 1, output
assert "::warning file=docs/examples/broken.md" in output, output
assert json.loads(sarif)["version"] == "2.1.0", sarif

code, output, _ = run({"paths": "docs/examples/project-plan.md", "fail-on": "hint"})
assert code == 0, output

code, output, _ = run({"paths": "docs/examples", "arguments": "--statistics", "fail-on": "warning", "check": "false"})
assert code == 0 and "installed plansmith" in output, output

code, output, _ = run({"version": "0.0.0"})
assert code != 0 and "plansmith==0.0.0" in output, output
print("4 passed, 0 failed", file=sys.stderr)
