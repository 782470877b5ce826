"""Who may import whom (the contracts stand in pyproject.toml)."""

from importlinter.cli import lint_imports


def test_the_import_contracts_are_kept() -> None:
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0
