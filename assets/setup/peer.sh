# shellcheck shell=bash
# An independent program that reads our ballot records: belenios-tool 3.x. Debian 12's own version
# is too old, so the package of the next release and its libraries are unpacked to one side and run
# with that release's own loader; nothing of it is installed. Sourced by ./run.

PEER=$CACHE/peer
PEER_SUITE=trixie

# Says loudly when there is no peer: its tests then check nothing.
need_peer() {
  if [[ -n ${BELENIOS_TOOL:-} ]]; then
    export HEMICYCLE_REQUIRE_PEER=1
    return
  fi
  if [[ ! -x $PEER/belenios-tool ]]; then
    say "Fetching belenios-tool, the independent reader of ballot records"
    (fetch_peer) >"$LOGS/peer.log" 2>&1 </dev/null || rm -f "$PEER/belenios-tool"
  fi
  if [[ -x $PEER/belenios-tool ]]; then
    export BELENIOS_TOOL=$PEER/belenios-tool HEMICYCLE_REQUIRE_PEER=1
  else
    say "NOT CHECKED: belenios-tool cannot be fetched here (.cache/logs/peer.log says why)."
    note "No independent program reads our ballot records in this run."
  fi
}

fetch_peer() {
  local source key=/usr/share/keyrings/debian-archive-keyring.gpg loader package
  local apt=(-qq -o Dir::State::Lists="$PEER/apt/lists" -o Dir::Cache="$PEER/apt/cache"
    -o Dir::Etc::sourcelist="$PEER/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o APT::Sandbox::User=root)
  rm -rf "$PEER"
  mkdir -p "$PEER"/{apt/lists/partial,apt/cache/archives/partial,packages,root}
  source=$(debian_source)
  echo "deb [signed-by=$key] $source $PEER_SUITE main" >"$PEER/apt/sources.list"
  apt-get "${apt[@]}" update
  cd "$PEER/packages" || return
  # What it needs to run, as the package says; only libraries, no recommendations.
  apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances belenios-tool |
    grep -E '^(lib|zlib|belenios-tool)' | sort -u |
    xargs apt-get "${apt[@]}" download --target-release "$PEER_SUITE"
  for package in *.deb; do dpkg -x "$package" "$PEER/root"; done
  loader=$(find "$PEER/root" -name 'ld-linux-x86-64.so.2' -type f -print -quit)
  cat >"$PEER/belenios-tool.new" <<SCRIPT
#!/bin/sh
exec "$loader" --library-path "$PEER/root/usr/lib/x86_64-linux-gnu:$PEER/root/lib/x86_64-linux-gnu" "$PEER/root/usr/bin/belenios-tool" "\$@"
SCRIPT
  chmod +x "$PEER/belenios-tool.new"
  # Only a program that runs gets its name.
  "$PEER/belenios-tool.new" --version && mv "$PEER/belenios-tool.new" "$PEER/belenios-tool"
  rm -rf "$PEER/packages" "$PEER/apt"
}

# Where this machine has Debian from, in whichever file that stands; apt knows, also before it has
# any lists. Another archive for the same release would not have Debian's signature.
debian_source() {
  local suite
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  apt-get update --print-uris | sed -n "s|^'\(http[^']*/\)dists/$suite/InRelease'.*|\1|p" | head -n 1
}
