# shellcheck shell=bash
# What the commands of this folder share: saying what happens, installing what is missing, configuring.
# Sourced, with $root set to the source folder. Safe to run twice, quiet where nothing is to do.
: "${root:?}"

say() { printf '\n== %s\n' "$*"; }

# fail STATUS LINE...: says why on standard error and ends the script.
fail() {
  local status=$1
  shift
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit "$status"
}

# listed COLUMN PART...: the names of one family (2 Debian, 3 Fedora, 4 Arch) for the parts asked for.
listed() {
  local column=$1
  shift
  awk -v column="$column" -v parts=" $* " \
    '$1 !~ /^#/ && index(parts, " " $1 " ") && $column != "-" { print $column }' "$root/tools/packages" |
    sort -u
}

os_release() { (
  # shellcheck disable=SC1091
  . /etc/os-release 2>/dev/null && eval "printf '%s' \"\${$1:-}\""
); }

is_debian_family() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 1
  case " $(os_release ID) $(os_release ID_LIKE) " in
    *" debian "* | *" ubuntu "*) return 0 ;;
    *) return 1 ;;
  esac
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Debian 12 has Boost 1.74 as its default and 1.81 beside it; Debian 13 has 1.83 as its default.
boost_installed() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null |
    awk '$1 == "installed" && $2 ~ /^libboost1\.[0-9]+-dev$/ {
           split($2, part, /[.-]/)
           if (part[2] >= 81) found = 1
         }
         END { exit !found }'
}

candidate() {
  apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

boost_package() {
  if dpkg --compare-versions "$(candidate libboost-dev)" ge 1.81; then
    echo libboost-dev
  else
    echo libboost1.81-dev
  fi
}

missing_packages() {
  local package
  for package in $(listed 2 "$@"); do
    if [ "$package" = boost-headers ]; then
      boost_installed || echo "$package"
    else
      installed "$package" || echo "$package"
    fi
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail 2 "packages are missing, and neither root nor sudo is at hand. Run as root:" "$*"
  fi
}

explain_families() {
  fail 2 "packages are installed for you on Debian 12, Debian 13 and what derives from them only" \
    "This is: $(os_release PRETTY_NAME). Install these, then run again with --no-install." \
    "Fedora: $(listed 3 "$@" | tr '\n' ' ')(and wolfSSL from its sources)" \
    "Arch: $(listed 4 "$@" | tr '\n' ' ')" \
    "Debian, Ubuntu: $(listed 2 "$@" | tr '\n' ' ')(boost-headers: libboost-dev, 1.81 or newer)"
}

# install_packages PART...: the missing ones of the list, through apt-get. Quiet where none is missing.
install_packages() {
  local missing package wanted=() unknown=()
  is_debian_family || explain_families "$@"
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "installing what is missing: $(echo "$missing" | tr '\n' ' ')"
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update ||
    echo "apt-get update failed; trying with the package lists that are there"
  for package in $missing; do
    [ "$package" = boost-headers ] && package=$(boost_package)
    if [ -n "$(candidate "$package")" ]; then
      wanted+=("$package")
    elif [ "$package" = clang-format-14 ]; then
      echo "no package $package here: the format check will be skipped"
    else
      unknown+=("$package")
    fi
  done
  [ ${#unknown[@]} -eq 0 ] || fail 2 "not in the apt sources of $(os_release PRETTY_NAME): ${unknown[*]}" \
    "Debian 12 and Ubuntu 24.04 are the oldest releases that have them all ('main', 'universe')."
  [ ${#wanted[@]} -eq 0 ] && return 0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends "${wanted[@]}" ||
    fail 2 "apt-get could not install: ${wanted[*]}" \
      "Its own words are above. Once they are there, run again with --no-install."
}

# configure FOLDER OPTION...: makes the build folder, or gives an existing one these options.
configure() {
  local folder=$1
  shift
  if [ -f "$folder/build.ninja" ]; then
    meson setup --reconfigure "$folder" "$root" "$@" >"$folder/configure.log" 2>&1
  else
    mkdir -p "$folder" && meson setup "$folder" "$root" "$@" >"$folder/configure.log" 2>&1
  fi || {
    tail -n 25 "$folder/configure.log" >&2
    fail 1 "meson could not configure $folder" "If it was made by another version of meson: rm -r $folder"
  }
}
