#!/bin/sh
# What the panel's X server runs: a window manager so that the terminal fills the
# screen, no blanking, and the terminal. It ends with the terminal; systemd starts
# all of it again.
xset s off s noblank -dpms
matchbox-window-manager -use_titlebar no &
exec /opt/hemicycle/hemicycle-terminal --data "$HEMICYCLE_TERMINAL_DATA" "$@"
