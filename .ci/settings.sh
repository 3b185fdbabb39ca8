# shellcheck shell=bash
# Sourced by the steps. Sets the folder of the checkout and the path of the tools, and defines functions for ports.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
PATH=$PATH:$target/tools/bin

# Fails if a program is missing.
requires() {
    local program
    for program; do
        command -v "$program" >/dev/null || { echo "${0##*/} needs $program: .ci/prepare installs it" >&2; exit 1; }
    done
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port on which nothing listens, from a range that the system does not use for outgoing connections.
free_port() {
    local port=$((RANDOM % 10000 + 20000))
    while answers "$port"; do port=$((RANDOM % 10000 + 20000)); done
    echo "$port"
}

# Waits up to 10 seconds until a server listens on the port.
await() {
    for _ in {1..100}; do
        answers "$1" && return
        sleep 0.1
    done
    echo "no server listens on port $1" >&2
    return 1
}
