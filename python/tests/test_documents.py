"""Examples in docstrings and in the README run and print what they say."""

import doctest
import re

import pytest
from conftest import TOP

import packrat


@pytest.mark.parametrize("name", ["_codec", "_buffer", "_heads", "_results"])
def test_examples_in_docstrings(name):
    module = __import__(f"packrat.{name}", fromlist=["x"])
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0 and result.attempted > 0


def test_the_first_example_of_the_package_readme(tmp_path, monkeypatch):
    text = (TOP / "python/README.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.S)[1]
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"packrat": packrat})


def test_every_public_name_has_a_docstring():
    for name in packrat.__all__:
        assert getattr(packrat, name).__doc__, name
