"""Configuration: one declared scheme; YAML in, a frozen `Config` or every problem with its remedy out."""

from limen.box.config.config import Config
from limen.box.config.describe import default_config_yaml
from limen.box.config.load import check_file, load_config, read_config
from limen.box.config.problem import Problem
from limen.box.config.summary import summary

__all__ = ["Config", "Problem", "check_file", "default_config_yaml", "load_config", "read_config", "summary"]
