#!/usr/bin/env bash
# Makes the base images of the components where no registry can be pulled from:
#   maasquerade-base:bookworm   a minimal Debian (debootstrap, then docker import)
#   maasquerade-go:1.26         the same with the Go toolchain of this machine (any 1.26 or later)
# Elsewhere it pulls golang:1.26-bookworm and makes nothing. An image that stands is not made again.
# Needs: docker; and to make one itself, root, debootstrap and a Go toolchain on the PATH (or GOROOT).
set -euo pipefail

suite=bookworm
base=maasquerade-base:$suite
go_image=maasquerade-go:1.26
public=golang:1.26-bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

say() { printf 'base-images: %s\n' "$*"; }
have() { docker image inspect "$1" >/dev/null 2>&1; }

if have "$go_image"; then say "$go_image stands"; exit 0; fi
if have "$public"; then say "$public stands"; exit 0; fi
if timeout "${PULL_TIMEOUT:-300}" docker pull -q "$public" 2>/dev/null; then say "pulled $public"; exit 0; fi
say "cannot pull $public: making $go_image here"

goroot=${GOROOT:-$(command -v go >/dev/null && go env GOROOT || true)}
if [ ! -x "$goroot/bin/go" ]; then
  say "no Go toolchain found (PATH or GOROOT), so no Go image can be made" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! have "$base"; then
  command -v debootstrap >/dev/null || { say "debootstrap is not installed" >&2; exit 1; }
  say "debootstrap $suite from $mirror"
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$work/rootfs" "$mirror" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }
  rm -rf "$work/rootfs/var/cache/apt/archives" "$work/rootfs/var/lib/apt/lists"
  tar -C "$work/rootfs" -c . | docker import - "$base" >/dev/null
  rm -rf "$work/rootfs"
  say "made $base"
fi

# The context is streamed: the toolchain is copied once, into the image.
printf 'FROM %s\nCOPY go /usr/local/go\nENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' "$base" >"$work/Dockerfile"
tar -c -C "$work" Dockerfile -C "$goroot" \
  --exclude=./test --exclude=./doc --exclude=./pkg/obj --transform='s,^\./,go/,' . |
  docker build -q -t "$go_image" - >/dev/null
docker run --rm --network=none "$go_image" go version
say "made $go_image"
