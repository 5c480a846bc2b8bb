"""The package hands out its public names, and imports little to say what it can do."""

from __future__ import annotations

import subprocess
import sys

import pytest

import stepdown


def test_every_public_name_is_there() -> None:
    for name in stepdown.__all__:
        assert getattr(stepdown, name).__doc__, name
        assert name in dir(stepdown)


def test_a_name_that_is_not_there_is_missed() -> None:
    with pytest.raises(AttributeError, match="module 'stepdown' has no attribute 'walk'"):
        _ = stepdown.walk


def test_importing_the_package_imports_neither_mesa_nor_pyarrow() -> None:
    program = "import stepdown, sys; sys.exit(bool({'mesa', 'pyarrow'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", program], check=True)
