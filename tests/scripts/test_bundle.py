"""The front end is built at install; where npm cannot get its packages, one sentence says why and what to do."""

import json
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def failed_build(tmp_path, registry):
    """Return what a build says that has nothing in npm's cache and cannot use a registry."""
    names = {"npm_config_registry": registry, "npm_config_cache": str(tmp_path), "npm_config_fetch_retries": "0"}
    folder = tmp_path / "gridplan"
    for name in ("package.json", "package-lock.json", ".npmrc", "web/static_src/bundle.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    environment = os.environ | names
    command = [sys.executable, folder / "web/static_src/bundle.py"]
    built = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (built.returncode, built.stdout) == (1, "")
    return built.stderr


@pytest.mark.slow
def test_a_registry_that_cannot_be_reached_is_one_sentence(tmp_path):
    said = failed_build(tmp_path, "http://127.0.0.1:9")
    assert said.count("\n") == 1
    assert said.startswith("gridplan: npm cannot reach http://127.0.0.1:9")
    assert "npm_config_registry" in said
    assert "wheel" in said


def test_fonts_have_each_character_once_the_first_what_gridplan_says_and_browsers_keep_them(service):
    dist = ROOT / "web/gridplan_web/static/dist/fonts"
    fonts = json.loads((dist / "fonts.json").read_text(encoding="utf-8"))
    assert re.findall(r"url\((.*?)\)", (dist / "fonts.css").read_text(encoding="utf-8")) == list(fonts)
    everything = "".join(fonts.values())
    assert len(everything) == len(set(everything)) > 29_000
    said = set(re.findall("[\u4e00-\u9fff]", (ROOT / "gridplan/locale/zh.po").read_text(encoding="utf-8")))
    first, characters = next(iter(fonts.items()))
    assert len(said & set(characters)) > 0.95 * len(said)  # a new sentence does not have the font cut anew
    assert (dist / first).stat().st_size < 250_000
    for name, kept in ((first, "immutable"), ("fonts.css", "no-cache"), ("none.woff2", "no-cache")):
        with service.client().get(f"/static/dist/fonts/{name}") as answer:
            assert kept in answer.headers["Cache-Control"]


def test_a_certificate_that_npm_does_not_trust_is_one_sentence_with_the_variable_to_set(bundle):
    for code in ("SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"):
        said = bundle.reason(f"npm error code {code}\nnpm error request to x failed", "https://npm.example/")
        assert "https://npm.example/" in said
        assert "NODE_EXTRA_CA_CERTS" in said
    said = bundle.reason("npm warn old\nnpm error code E404\nnpm error 404 Not Found", "https://npm.example/")
    assert said == "npm failed at https://npm.example/: code E404 404 Not Found"


def test_npm_trusts_what_pip_and_the_system_trust(bundle, tmp_path):
    mine = tmp_path / "mine.pem"
    mine.touch()
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"):
        assert bundle.trusting({name: str(mine)})["NODE_EXTRA_CA_CERTS"] == str(mine)
    assert bundle.trusting({"NODE_EXTRA_CA_CERTS": "own", "PIP_CERT": str(mine)})["NODE_EXTRA_CA_CERTS"] == "own"
    assert bundle.trusting({}).get("NODE_EXTRA_CA_CERTS") == ssl.get_default_verify_paths().cafile


@pytest.fixture
def bundle(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "web/static_src")
    import bundle

    return bundle
