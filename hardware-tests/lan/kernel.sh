#!/usr/bin/env bash
# kernel.sh PROGRAM: runs it as root on a kernel of its own (user-mode Linux), which has what many a
# machine's own has not: `tc netem`. It sees this machine's files and cannot write them; what it
# writes is in memory. The code is the program's own, or 125 where no such kernel starts here.
set -euo pipefail

readonly NO_KERNEL=125
# The program's own word for a machine where it cannot be done.
readonly NOT_HERE=77
# What the box needs of it; the rest is built in.
readonly PARTS=(overlay tun ipv6 bridge veth sch_netem)
# Ends by itself long before.
readonly LIMIT=1200

say_why_not() {
  echo "no kernel of its own: $1" >&2
  exit "$NO_KERNEL"
}

program=$(realpath "$1")
for tool in linux.uml busybox cpio depmod modprobe; do
  [[ -n $(PATH=$PATH:/usr/sbin:/sbin command -v "$tool") ]] || say_why_not "$tool is missing"
done
PATH=$PATH:/usr/sbin:/sbin
modules=$(find /usr/lib/uml/modules -mindepth 1 -maxdepth 1 -type d 2>/dev/null | head -n 1)
[[ -n $modules ]] || say_why_not "it has no modules"
release=${modules##*/}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/modules/lib/modules" "$folder/root/parts"
cp -r "$modules" "$folder/modules/lib/modules/"
depmod --basedir "$folder/modules" "$release"
number=0
for part in "${PARTS[@]}"; do
  while read -r verb file _; do
    [[ $verb == insmod ]] || continue
    number=$((number + 1))
    cp "$file" "$(printf '%s/root/parts/%03d-%s' "$folder" "$number" "${file##*/}")"
  done < <(modprobe --dirname "$folder/modules" --set-version "$release" --show-depends "$part" 2>/dev/null)
done
cp "$(command -v busybox)" "$folder/root/busybox"

# The first process there: this machine's files below, memory above them.
cat >"$folder/root/init" <<'INIT'
#!/busybox sh
/busybox mkdir -p /proc /sys /dev /below /above /here
/busybox mount -t proc proc /proc
/busybox mount -t sysfs sys /sys
/busybox mount -t devtmpfs dev /dev
for part in /parts/*; do /busybox insmod "$part" 2>/dev/null; done
/busybox mount -t hostfs -o ro none /below
/busybox mount -t tmpfs above /above
/busybox mkdir /above/files /above/work
/busybox mount -t overlay -o lowerdir=/below,upperdir=/above/files,workdir=/above/work overlay /here
/busybox cp /go /here/go
cd /here
for place in proc sys dev; do /busybox mount --move "/$place" "/here/$place"; done
/busybox mkdir -p /here/dev/shm /here/dev/pts /here/dev/net
/busybox mount -t tmpfs shm /here/dev/shm
/busybox mount -t devpts pts /here/dev/pts
/busybox mount -t tmpfs run /here/run
[ -e /here/dev/net/tun ] || /busybox mknod /here/dev/net/tun c 10 200
exec /busybox chroot /here /bin/sh /go
INIT
cat >"$folder/root/go" <<GO
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
cd '$PWD'
echo '=== begin'
'$program' 2>&1
echo "=== end \$?"
busybox poweroff -f
GO
chmod +x "$folder/root/init"
(cd "$folder/root" && find . | cpio --create --format=newc --quiet | gzip >"$folder/initrd")

# Its memory is a file; a container may have little room where that would lie.
room=$(df --output=avail --block-size=1G /dev/shm 2>/dev/null | tail -n 1 || true)
((${room:-0} >= 4)) || export TMPDIR=$folder

timeout "$LIMIT" linux.uml mem=6G "initrd=$folder/initrd" root=/dev/ram0 "uml_dir=$folder/" \
  con=null con0=null,fd:1 quiet loglevel=1 </dev/null >"$folder/said" 2>&1 || true
tr -d '\r' <"$folder/said" >"$folder/told"
if ! grep -q '^=== begin$' "$folder/told"; then
  tail -n 5 "$folder/told" >&2
  say_why_not "it does not start"
fi
sed -n '/^=== begin$/,/^=== end [0-9]*$/{/^=== /d;p}' "$folder/told"
code=$(sed -n 's/^=== end \([0-9]*\)$/\1/p' "$folder/told" | tail -n 1)
[[ $code != "$NOT_HERE" ]] || say_why_not "the program finds something missing there"
[[ -n $code ]] || say_why_not "it ended before the program"
exit "$code"
