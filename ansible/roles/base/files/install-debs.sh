#!/bin/sh
# Installs all packages of a folder without a network.  Usage: install-debs.sh FOLDER
set -eu
DEBIAN_FRONTEND=noninteractive exec apt-get install --yes --no-download --no-install-recommends "$1"/*.deb
