#!/bin/sh
# Stands in for workerd while miniflare starts it: keeps the configuration, and says that it listens.
cat >"$STAND_IN_FOLDER/config"
printf '%s\n' "$@" >"$STAND_IN_FOLDER/arguments"
printf '{"event":"listen","socket":"entry","port":%s}\n' "$STAND_IN_PORT" >&3
exec sleep 2147483
