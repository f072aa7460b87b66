#!/bin/sh
# Installs all packages of a folder, an absolute path; they need nothing but each other and what is installed.
# Usage: install-debs.sh FOLDER
set -eu
DEBIAN_FRONTEND=noninteractive exec apt-get install --yes --no-install-recommends "$1"/*.deb
