"""One import name for three folders; what else there is to say of the package stands in pyproject.toml."""

from setuptools import find_packages, setup

#: The folders' names in the checkout are not theirs in Python: a project that has an `app` of its own can use ours.
FOLDERS = {"earnest": "app", "earnest.simulations": "simulations", "earnest.contracts": "contracts"}


def _packages() -> list[str]:
    found = []
    for name, folder in FOLDERS.items():
        found += [name, *(f"{name}.{inner}" for inner in find_packages(folder))]
    return sorted(found)


setup(packages=_packages(), package_dir=FOLDERS)
