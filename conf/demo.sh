#!/bin/sh
# demo.sh - stock collectd with the p1 plugin, RRD files and a picture of them.
#
# `make demo` calls it. Everything it writes is in ./demo; nothing is installed
# and nothing needs root. What the environment may hold:
#   DURATION  seconds to run (60)
#   DEVICE    a serial port with a meter on it; without it a simulated meter
#             speaks on a pseudo-terminal, and a preloaded library answers what
#             a pseudo-terminal cannot be asked
#   COLLECTD, P1_BUILDDIR, P1_SRCDIR
set -u
export LC_ALL=C

P1_BUILDDIR=$(cd "${P1_BUILDDIR:-.}" && pwd)
: "${DURATION:=60}"
: "${DEVICE:=}"

demo=$PWD/demo
host=demo
meter=home
csv=$demo/csv/$host/p1-$meter
rrd=$demo/rrd/$host/p1-$meter
log=$demo/collectd.log
png=$demo/p1.png

# Seconds without any value, after the plugin has said why, until we give up.
patience=5

collectd_pid=
meter_pid=
stopping=
shown=0

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# --- what has to be there ----------------------------------------------------

find_collectd() {
  for collectd in "${COLLECTD:-}" "$(command -v collectd)" /usr/sbin/collectd \
    /usr/local/sbin/collectd /opt/collectd/sbin/collectd; do
    [ -n "$collectd" ] && [ -x "$collectd" ] && return
  done
  die "collectd is not installed (Debian: apt-get install collectd-core)"
}

check_programs() {
  case $DURATION in
  '' | *[!0-9]*) die "DURATION=$DURATION is not a number of seconds" ;;
  esac
  [ "$DURATION" -ge 5 ] || die "DURATION=$DURATION is too short, 5 is the least"
  find_collectd
  command -v rrdtool >/dev/null ||
    die "rrdtool is not installed (Debian: apt-get install rrdtool)"
  plugins=$("$collectd" -h 2>/dev/null |
    sed -n 's/^ *Plugin directory *//p')
  for plugin in csv logfile rrdtool; do
    [ -e "$plugins/$plugin.so" ] ||
      die "collectd has no $plugin plugin in ${plugins:-its plugin folder}"
  done
  p1_plugins=$P1_BUILDDIR/.libs
  [ -f "$p1_plugins/p1.so" ] ||
    die "$p1_plugins/p1.so is not there: run make first"
  shim=$P1_BUILDDIR/tests/support/.libs/ptyshim.so
}

# --- the pieces that run -----------------------------------------------------

# Starts a program that Ctrl-C does not reach, for an end in good order; its
# words go to the file named first.
start() {
  output=$1
  shift
  setsid=$(command -v setsid) || setsid=
  $setsid "$@" </dev/null >"$output" 2>&1 &
}

start_meter() {
  rm -f "$demo/meter"
  start "$demo/meter.log" "$P1_BUILDDIR/p1ctl" simulate --dialect emucs \
    --seed 20 --start '2026-06-13 13:25:50' --pty "$demo/meter"
  meter_pid=$!
  tries=0
  until [ -e "$demo/meter" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 50 ] || ! kill -0 "$meter_pid" 2>/dev/null; then
      cat "$demo/meter.log" >&2
      die "the simulated meter did not start"
    fi
    sleep 0.1
  done
  DEVICE=$demo/meter
}

write_config() {
  cat >"$demo/collectd.conf" <<CONF
# Written by conf/demo.sh; the block at the end is all that the p1 plugin needs.
Hostname "$host"
FQDNLookup false
BaseDir "$demo"
PIDFile "$demo/collectd.pid"
PluginDir "$plugins"
Interval 1

LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "$log"
  Timestamp true
  PrintSeverity true
</Plugin>

LoadPlugin csv
<Plugin csv>
  DataDir "$demo/csv"
  StoreRates false
</Plugin>

# One row a second for an hour; a longer run gets coarser rows. A meter that
# speaks every 10 s needs a heartbeat above that.
LoadPlugin rrdtool
<Plugin rrdtool>
  DataDir "$demo/rrd"
  StepSize 1
  HeartBeat 30
  RRATimespan $((DURATION > 3600 ? DURATION : 3600))
  RRARows 3600
  CacheTimeout 5
</Plugin>

PluginDir "$p1_plugins"
LoadPlugin p1
<Plugin p1>
  <Meter "$meter">
    Device "$DEVICE"
    Interval 1
  </Meter>
</Plugin>
CONF
}

start_collectd() {
  if [ -n "$meter_pid" ]; then
    # The loader takes blanks and colons in LD_PRELOAD for separators, and the
    # way to our folder may have some.
    cp -f "$shim" ptyshim.so
    start "$demo/collectd.out" env LD_PRELOAD=./ptyshim.so \
      "$collectd" -f -C collectd.conf
  else
    start "$demo/collectd.out" "$collectd" -f -C collectd.conf
  fi
  collectd_pid=$!
}

# Ends a process, gently at first, and waits until it is gone.
end() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null
  tries=0
  while kill -0 "$1" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -eq 100 ] && kill -KILL "$1" 2>/dev/null
    sleep 0.1
  done
  wait "$1" 2>/dev/null
}

# collectd goes first: it writes what it still holds.
end_all() {
  end "$collectd_pid"
  collectd_pid=
  end "$meter_pid"
  meter_pid=
}

# --- progress ----------------------------------------------------------------

# The last value of a reading, divided by $2 and rounded to $3 decimals; nothing
# when it has none.
latest() {
  set -- "$2" "$3" "$csv/$1"-????-??-??
  while [ $# -gt 3 ]; do set -- "$1" "$2" "$4"; done
  [ -f "$3" ] && tail -n 1 "$3" | awk -F, -v by="$1" -v n="$2" \
    '$2 ~ /^-?[0-9]/ { printf "%.*f", n, $2 / by }'
}

# Appends words to the line of progress while there is room for them.
append() {
  [ $((${#line} + ${#1})) -lt "$columns" ] && line=$line$1
}

# part WORDS READING BY DECIMALS UNIT
part() {
  value=$(latest "$2" "$3" "$4")
  [ -n "$value" ] && append "$1$value$5"
}

# On a terminal the line is written over, so it must not be longer than that.
progress() {
  columns=200
  if [ -t 1 ]; then
    columns=$(stty size 2>/dev/null <&1 | cut -d ' ' -f 2)
    case $columns in '' | 0 | *[!0-9]*) columns=80 ;; esac
  fi
  line=$(printf '%3d s' "$elapsed")
  part '  import ' power-import 1 0 ' W'
  part '  export ' power-export 1 0 ' W'
  if part '  ' voltage-L1 1 0 ''; then
    part ' ' voltage-L2 1 0 ''
    part ' ' voltage-L3 1 0 ''
    append ' V'
  fi
  part '  ' energy_wh-import 1000 3 ' kWh'
  part '  gas ' gauge-gas_m3 1 2 ' m3'
  part '  returned ' energy_wh-export 1000 3 ' kWh'
  if [ -t 1 ]; then
    printf '\r%s\033[K' "$line"
  else
    printf '%s\n' "$line"
  fi
}

# What the plugin has put into the log since we looked last.
messages() {
  [ -f "$log" ] || return 0
  lines=$(grep -c ' p1 plugin: ' "$log")
  [ "$lines" -gt "$shown" ] || return 0
  [ -t 1 ] && printf '\r\033[K'
  grep ' p1 plugin: ' "$log" | tail -n "+$((shown + 1))" |
    sed 's/^\[[^]]*\] *//'
  shown=$lines
}

has_values() {
  for file in "$csv"/power-* "$csv"/energy*; do
    [ -f "$file" ] && return 0
  done
  return 1
}

watch() {
  begin=$(date +%s)
  elapsed=0
  next=10
  complained=
  while [ -z "$stopping" ] && [ "$elapsed" -lt "$DURATION" ]; do
    sleep 1
    elapsed=$(($(date +%s) - begin))
    [ -z "$stopping" ] || break
    messages
    if ! kill -0 "$collectd_pid" 2>/dev/null; then
      cat "$demo/collectd.out" "$log" >&2
      die "collectd ended by itself"
    fi
    if has_values; then
      if [ -t 1 ] || [ "$elapsed" -ge $next ]; then
        progress
        next=$((elapsed / 10 * 10 + 10))
      fi
    elif grep -q '\[error\] p1 plugin: ' "$log" 2>/dev/null; then
      : "${complained:=$elapsed}"
      [ $((elapsed - complained)) -ge $patience ] && break
    fi
  done
  [ -t 1 ] && printf '\n'
}

# --- the picture -------------------------------------------------------------

# Prints "first last low high vlow vhigh": the seconds that are shown, the range
# of the powers in W, and that of the voltages.
ranges() {
  # shellcheck disable=SC2016 # awk's dollars
  find "$csv" \( -name 'power-import*' -o -name 'power-export*' \
    -o -name 'voltage-*' \) -exec awk -F, '
    $2 !~ /^-?[0-9]/ { next }
    { at = int($1) }
    first == "" || at < first { first = at }
    at > last { last = at }
    FILENAME ~ /voltage/ {
      if ($2 < 50) next
      if (vlow == "" || $2 < vlow) vlow = $2
      if ($2 > vhigh) vhigh = $2
      next
    }
    FILENAME ~ /demand|peak/ { next }
    FILENAME ~ /export/ { if (-$2 < low) low = -$2; next }
    $2 > high { high = $2 }
    END {
      printf "%d %d %d %d %d %d\n", first, last, low, high, vlow, vhigh
    }' {} +
}

# Sets the scale of both axes. Powers are on the left axis, in kW; the voltages
# have a band of their own above them, read on the right axis. One grid line is
# `step` W on the left and `volts` V on the right.
scale() {
  # shellcheck disable=SC2046 # the words are wanted
  set -- $(ranges)
  first=$1 last=$2
  span=$(($4 - $3))
  step=10000
  for try in 5000 2000 1000 500 200 100; do
    [ $((span / try)) -lt 9 ] && step=$try
  done
  top=$((($4 + step - 1) / step * step))
  bottom=$((($3 - step + 1) / step * step))
  volts=5
  [ $(($6 - $5)) -gt 15 ] && volts=10
  vlow=$(($5 / volts * volts))
  vhigh=$((($6 / volts + 1) * volts))
  upper=$top
  [ "$vhigh" -gt "$volts" ] &&
    upper=$((top + step + (vhigh - vlow) * step / volts))
}

# Okabe and Ito's colours, which people with any colour vision can tell apart.
orange=E69F00 green=009E73 blue=0072B2 vermilion=D55E00 purple=CC79A7

# The rest of this part prints arguments of rrdtool, one to a line.

# A legend's three numbers. \g keeps rrdtool from spacing them its own way, but
# for the gap behind the last.
numbers() {
  for what in LAST AVERAGE MAXIMUM; do
    printf 'VDEF:%s_%s=%s,%s\nGPRINT:%s_%s:%s' "$1" $what "$1" $what "$1" \
      $what "$2"
    [ $what = MAXIMUM ] || printf '\\g'
    printf '\n'
  done
}

end_of_line() {
  printf 'COMMENT:\\l\n'
}

# data NAME READING: the values of an RRD file.
data() {
  printf 'DEF:%s=%s:value:AVERAGE\n' "$1" \
    "$(printf '%s' "$rrd/$2.rrd" | sed 's/:/\\:/g')"
}

has() {
  [ -f "$rrd/$1.rrd" ]
}

# area NAME READING SIGN COLOUR LEGEND
area() {
  has "$2" || return
  data "$1_w" "$2"
  printf 'CDEF:%s=%s_w,1000,/\nCDEF:%s_y=%s,%s,*\n' "$1" "$1" "$1" "$1" "$3"
  printf 'AREA:%s_y#%s90:%s\\g\n' "$1" "$4" "$5"
  numbers "$1" "$kw"
  end_of_line
  printf 'LINE1.5:%s_y#%s\n' "$1" "$4"
}

# What a phase takes, less what it gives, and its voltage, in one colour.
phase() {
  if has "power-import-$1"; then
    data "$1_in" "power-import-$1"
    if has "power-export-$1"; then
      data "$1_out" "power-export-$1"
      printf 'CDEF:%s=%s_in,%s_out,-,1000,/\n' "$1" "$1" "$1"
    else
      printf 'CDEF:%s=%s_in,1000,/\n' "$1" "$1"
    fi
    printf 'LINE2:%s#%s:phase %s\\g\n' "$1" "$2" "$1"
    numbers "$1" "$kw"
  fi
  if has "voltage-$1"; then
    data "V$1" "voltage-$1"
    printf 'CDEF:V%s_y=V%s,%s,-,%s,*,%s,+,1000,/\n' "$1" "$1" "$vlow" \
      "$((step / volts))" "$((top + step))"
    printf 'LINE1.5:V%s_y#%s:voltage %s\\g:dashes=5,2\n' "$1" "$2" "$1"
    numbers "V$1" '%9.1lf V'
  fi
  has "power-import-$1" || has "voltage-$1" && end_of_line
}

graph() {
  kw='%9.3lf kW'
  printf 'COMMENT:%22s%12s%12s\n' last avg max
  [ "$upper" -gt "$top" ] &&
    printf 'COMMENT:%23s%11s%11s\n' last avg max
  end_of_line
  area import power-import 1 $orange imported
  area export power-export -1 $green exported
  phase L1 $blue
  phase L2 $vermilion
  phase L3 $purple
  printf 'HRULE:0#000000\n'
}

draw() {
  scale
  right=$(awk -v s="$step" -v v="$volts" -v low="$vlow" -v top="$top" \
    'BEGIN { printf "%.6f:%.6f", v * 1000 / s, low - (top + s) * v / s }')
  set -- --imgformat PNG --width 770 --height 400 --start "$first" \
    --end "$last" --slope-mode --rigid --border 0 \
    --lower-limit "$(awk "BEGIN { print $bottom / 1000 }")" \
    --upper-limit "$(awk "BEGIN { print $upper / 1000 }")" \
    --y-grid "$(awk "BEGIN { print $step / 1000 }"):1" \
    --left-axis-formatter numeric --left-axis-format '%.1lf' \
    --title "$title" --disable-rrdtool-tag \
    --vertical-label 'kW imported (above 0), exported (below)' \
    --font 'DEFAULT:9:DejaVu Sans' --font 'TITLE:12:DejaVu Sans' \
    --font 'LEGEND:9:DejaVu Sans Mono' --color 'BACK#FFFFFF' \
    --color 'CANVAS#FFFFFF' --color 'GRID#E8E8E8' --color 'MGRID#D0D0D0' \
    --color 'FRAME#FFFFFF' --color 'ARROW#606060' --color 'AXIS#606060'
  [ "$upper" -gt "$top" ] &&
    set -- "$@" --right-axis "$right" --right-axis-label 'V (dashed)' \
      --right-axis-formatter numeric --right-axis-format '%.0lf'
  while IFS= read -r argument; do
    set -- "$@" "$argument"
  done <<ARGUMENTS
$(graph)
ARGUMENTS
  rrdtool graph "$png" "$@" >/dev/null
}

# --- all of it ---------------------------------------------------------------

check_programs
here=$PWD
# collectd takes a file's name for a pattern, so that a blank in it is lost.
if ! mkdir -p "$demo" || ! cd "$demo" || [ ! -w . ]; then
  die "cannot write to $demo"
fi
rm -rf "$demo/csv" "$demo/rrd"
rm -f "$log" "$png" "$demo/meter.log" "$demo/collectd.out"

trap 'stopping=1' INT TERM HUP
trap 'end_all' EXIT

if [ -z "$DEVICE" ]; then
  start_meter
  title='A simulated meter (e-MUCS P1 1.7.1): collectd, p1 plugin, RRD files'
  echo "A simulated Belgian meter speaks on $DEVICE."
else
  case $DEVICE in /*) ;; *) DEVICE=$here/$DEVICE ;; esac
  title="The meter on $DEVICE: collectd, p1 plugin, RRD files"
  echo "Reading the meter on $DEVICE."
fi
write_config
start_collectd
echo "collectd writes its values to demo/rrd and demo/csv for $DURATION s;" \
  "Ctrl-C ends it earlier."
watch
end_all
messages

if ! has_values; then
  die "no value has come from $DEVICE within $elapsed s; the log is in $log"
fi
draw || die "rrdtool could not draw the picture; the data are in $demo"
echo "the picture      $png"
echo "RRD files        $rrd"
echo "the same as CSV  $csv"
echo "collectd's log   $log"
echo "its settings     $demo/collectd.conf"
