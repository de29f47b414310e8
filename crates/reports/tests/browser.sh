#!/bin/sh
# Runs a command with ZARR_CONFORM_BROWSER, a headless Chromium, or says why there is none and ends
# with status 77. Under CI, as root on Debian, it is installed; elsewhere nothing is.
set -u

find_browser() {
    for name in chromium-headless-shell chromium google-chrome chromium-browser; do
        if command -v "$name"; then
            return 0
        fi
    done
    return 1
}

browser=${ZARR_CONFORM_BROWSER:-$(find_browser)}
if [ -z "$browser" ] && [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing chromium-headless-shell" >&2
    { apt-get update && apt-get install --yes --no-install-recommends chromium-headless-shell; } >/dev/null 2>&1
    browser=$(find_browser)
fi
if [ -z "$browser" ]; then
    echo "no headless Chromium: install one, or name it in ZARR_CONFORM_BROWSER" >&2
    exit 77
fi
ZARR_CONFORM_BROWSER=$browser exec "$@"
