"""What `import earnest` gives, and what it does not take along."""

import subprocess
import sys
from importlib import metadata

import pytest

import earnest
from earnest.core.registry import Registry

#: The whole of it: whoever changes this changes what others build on, and says so in the changelog.
PUBLIC = {
    "BEHAVIOURS", "DATASETS", "INCENTIVES", "MODELS", "AsyncClient", "Client", "DataSet", "Incentive", "Model",
    "Parameter", "Run", "Scenario", "Sweep", "__version__", "behaviour", "load_model", "report", "simulate",
    "sweep",
}  # fmt: skip


def _python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


def test_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="'earnest' has no attribute 'nothing'"):
        _ = earnest.nothing


def test_unknown_name_cannot_be_imported() -> None:
    done = _python("from earnest import nothing")
    assert "ImportError: cannot import name 'nothing' from 'earnest'" in done.stderr


def test_name_whose_library_is_missing_says_what_to_install() -> None:
    done = _python("import sys; sys.modules['numba'] = None\nfrom earnest import simulate")
    sentence = "earnest.simulate needs numba, which is not installed: pip install 'earnest[simulations]'"
    assert done.stderr.strip().splitlines()[-1].endswith(sentence), done.stderr


def test_public_names_are_these() -> None:
    assert set(earnest.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_name_leads_somewhere_and_is_documented(name: str) -> None:
    found = getattr(earnest, name)
    assert found is getattr(earnest, name) or name == "__version__"
    assert isinstance(found, (str, Registry)) or found.__doc__
    assert name in dir(earnest)


def test_version_is_that_of_the_installed_package() -> None:
    assert earnest.__version__ == metadata.version("earnest")


def test_import_takes_no_library_along() -> None:
    libraries = "numba", "numpy", "web3", "pandas", "sqlalchemy", "typer"
    done = _python(f"import earnest, sys; print([name for name in {libraries} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr
