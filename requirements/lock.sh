#!/usr/bin/env bash
# Writes the three lock files from pyproject.toml with uv: one resolution for everything, the smaller files as its subsets.
# Torch is left out: `make` installs it first, by itself, so that each platform takes the build that fits it.
set -euo pipefail
cd "$(dirname "$0")"
compile() { uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-find-links --no-emit-index-url ../pyproject.toml "$@"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile --extra dev --extra train --extra score --override <(echo "torch==${TORCH_BUILD:-2.13.0}") -o "$work/dev"
grep -E '^[A-Za-z0-9-]+==' "$work/dev" | sed 's/ .*//' > "$work/pins"
compile -c "$work/pins" -o "$work/base"
compile --extra train -c "$work/pins" -o "$work/train"
for name in base train dev; do
    { echo "# Exact versions and hashes; written by \`make lock\`. Torch is installed before this file by the Makefile."
      awk '/^[A-Za-z0-9-]+==/ { skip = /^(torch|triton|nvidia-[a-z0-9-]*|cuda-[a-z]*)==/ } !skip' "$work/$name"; } > "$name.lock"
done
