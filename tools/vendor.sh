#!/bin/sh
# Refills leadcrm/static/vendor from the exact versions in package.json. The result is committed,
# so only a change of version needs this (and npm); running and testing never do.
set -eu
cd "$(dirname "$0")/.."

npm ci --ignore-scripts
into=leadcrm/static/vendor
rm -rf "$into"
mkdir -p "$into/tabler" "$into/rubik" "$into/htmx"

# Source maps are not shipped, and the static storage refuses a reference to a missing file.
copy() { sed -e 's|/\*# sourceMappingURL=.*\*/||' -e 's|//# sourceMappingURL=.*||' "node_modules/$1" > "$into/$2"; }

copy @tabler/core/dist/css/tabler.min.css tabler/tabler.min.css
copy @tabler/core/dist/css/tabler.rtl.min.css tabler/tabler.rtl.min.css
copy htmx.org/dist/htmx.min.js htmx/htmx.min.js
cp node_modules/htmx.org/LICENSE "$into/htmx/LICENSE"

# One font-face per script, so a browser fetches only the subsets a page uses.
rubik=node_modules/@fontsource-variable/rubik
for script in latin latin-ext hebrew cyrillic; do
    file="rubik-$script-wght-normal.woff2"
    cp "$rubik/files/$file" "$into/rubik/$file"
    sed -n "\|^/\* rubik-$script-wght-normal \*/|,/^}/p" "$rubik/index.css" | sed 's|\./files/||'
    echo
done > "$into/rubik/rubik.css"
cp "$rubik/LICENSE" "$into/rubik/LICENSE"

cd "$into"
find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
