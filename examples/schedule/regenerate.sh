#!/bin/sh
# Regenerates the baselines and writes what changed since the last time to changes.md. For cron:
#
#   17 4 1 * *  cd /srv/scale && ./regenerate.sh
#
# The folder holds pipelines/ and baselines/, the baselines of the last time.
set -eu

scale run pipelines/baseline.toml --locked --log-format json
scale check out
scale diff baselines out --exit-code --format markdown > changes.md || test $? -eq 1
