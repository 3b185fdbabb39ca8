# shellcheck shell=bash
# Sourced by the steps: the folder of the checkout, the tools that prepare installs, and free ports.
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

# Prints a port on which nothing listens. The system gives ports of this range to no client.
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
    echo "nothing answers on port $1" >&2
    return 1
}
