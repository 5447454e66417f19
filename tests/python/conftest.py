"""What several tests begin with: an installation that the demo has left."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A working installation, left by the demo."""
    folder = tmp_path_factory.mktemp("demo") / "left"
    command = ["cargo", "run", "--quiet", "--locked", "--package", "yichuan-xtask", "demo"]
    subprocess.run([*command, "--keep", str(folder)], cwd=ROOT, check=True)
    return folder
