"""Programs that are no modules, for tests of what is in them."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load(program: Path) -> ModuleType:
    """A Python program without a suffix, as a module."""
    loader = importlib.machinery.SourceFileLoader(program.name.replace("-", "_"), str(program))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module
