"""Reads a file against the scheme: a Config, or every problem at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from limen.box.config.config import SCHEME, Config
from limen.box.config.problem import Problem
from limen.box.config.reader import build, read
from limen.box.config.text import NotYamlError, compose, read_bytes
from limen.errors import ConfigError


def load_config(path: Path | None, base: Path | None = None) -> Config:
    """Return the configuration in `path`, or the defaults for None or an empty file.

    Raises ConfigError, a line for each problem: `file:line: path.to.key: what is wrong; what to write`.
    Relative folders in the file are taken from `base`, or from where the file is.
    """
    if path is None:
        return Config()
    config, problems = read_config(path, base)
    if config is None:
        raise ConfigError("\n".join(map(str, problems)))
    return config


def check_file(path: Path) -> list[Problem]:
    """Return everything that is wrong with the configuration in `path`, in the file's order; empty if right."""
    return read_config(path)[1]


def read_config(path: Path, base: Path | None = None) -> tuple[Config | None, list[Problem]]:
    """Return the configuration in `path` and no problems, or None and what is wrong."""
    try:
        root = compose(read_bytes(path), str(path))
    except NotYamlError as error:
        return None, [error.problem]
    given, problems = read(SCHEME, root, str(path)) if root else ({}, [])
    if problems:
        return None, problems
    config: Config = build(SCHEME, given)
    return _located(config, base or path.parent), []


def _located(config: Config, base: Path) -> Config:
    wearers = tuple(replace(w, session=base / w.session) if w.session else w for w in config.wearers)
    folder = config.recorder.folder
    recorder = replace(config.recorder, folder=base / folder) if folder else config.recorder
    return replace(config, wearers=wearers, recorder=recorder)
