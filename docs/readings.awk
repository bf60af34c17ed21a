# readings.awk - the documents' table of readings, from the catalogue.
#
#   awk -f readings.awk -v format=FORMAT [-v template=FILE] obis.def
#
# FORMAT markdown makes a table, and with a template lays it between the lines
# <!-- readings:begin --> and <!-- readings:end -->. FORMAT man makes a list for
# a manual page, in mdoc or in man macros as the template uses, instead of its
# line @READINGS@; @VERSION@ becomes -v version=.
#
# What is not published has no place in it. A reading's total, its phases (L1)
# and its tariffs (T1) share one line, and so do quadrants (Q1). What most people
# look for comes first:

BEGIN {
  ranks = split("W-MEAN WH-NEWEST V-MEAN A-MEAN M3-NEWEST GJ-NEWEST " \
                "W-NEWEST NONE-NEWEST A-NEWEST HZ-MEAN NONE-MEAN VAR-MEAN " \
                "VARH-NEWEST VA-MEAN VA-NEWEST", rank)
}

function fail(text) {
  print "readings.awk: " text >"/dev/stderr"
  failed = 1
  exit 1
}

function trim(text) {
  gsub(/^ +| +$/, "", text)
  return text
}

# Splits a row's arguments into arg[1..], quotes taken off; commas between
# quotes stay.
function split_row(row, wanted,    text, c, quoted, i, count) {
  sub(/^[A-Z0-9_]+\(/, "", row)
  sub(/\) *$/, "", row)
  count = 1
  for (i = 1; i <= length(row); i++) {
    c = substr(row, i, 1)
    if (c == "\"")
      quoted = !quoted
    else if (c == "," && !quoted) {
      arg[count++] = trim(text)
      text = ""
    } else
      text = text c
  }
  arg[count] = trim(text)
  if (count != wanted)
    fail("line " NR ": " count " arguments, not " wanted)
}

# Takes a published row into its group: one group becomes one line.
function take(code, unit, stat, name, help,    key, mark, group) {
  key = name
  if (match(name, /[LTQ][0-9]+/)) {
    mark = substr(name, RSTART, RLENGTH)
    key = substr(name, 1, RSTART - 1) substr(name, RSTART + RLENGTH)
    if (mark !~ /Q/)
      sub(/-$/, "", key)
  }
  key = key "|" unit "|" stat
  if (!(key in group_of)) {
    group_of[key] = ++groups
    class[groups] = unit "-" stat
  }
  group = group_of[key]
  if (mark == "") {
    total_name[group] = name
    total_code[group] = code
    total_help[group] = help
    return
  }
  size[group]++
  names[group, size[group]] = name
  marks[group, size[group]] = mark
  codes[group, size[group]] = code
  helps[group, size[group]] = help
}

/^P1_OBJECT\(/ {
  split_row($0, 12)
  if (arg[9] == "NONE" || arg[10] == "")
    next
  channel = arg[3]
  name = arg[10] "-" arg[11]
  if (channel == "P1_CHANNEL_ANY") {
    channel = "n"
    name = name "-n"
  }
  take(arg[2] "-" channel ":" arg[4] "." arg[5] "." arg[6], arg[8], arg[9],
       name, arg[12])
}

/^P1_DERIVED\(/ {
  split_row($0, 7)
  if (arg[4] != "NONE" && arg[5] != "")
    take(arg[2], arg[3], arg[4], arg[5] "-" arg[6], arg[7])
}

function number(mark) {
  return substr(mark, 2) + 0
}

function follows(group, i) {
  return number(marks[group, i + 1]) == number(marks[group, i]) + 1
}

# One side of a group's marked rows: name, code, mark (L1) or number (1).
function side(group, what, i,    text) {
  if (what == "number")
    return number(marks[group, i])
  if (what == "code") {
    text = codes[group, i]
    # The first one of a line tells the medium: 1-0:21.7.0 .. 61.7.0.
    if (i > 1 || group in total_code)
      sub(/^[0-9n]+-[0-9n]+:/, "", text)
    return text
  }
  if (what == "mark")
    return marks[group, i]
  if (i == 1 && !(group in total_name))
    return names[group, i]
  return (marks[group, i] ~ /Q/ ? "" : "-") marks[group, i]
}

# That side of all marked rows. Those that follow one another are "1 .. 3".
function runs(group, what, open, close_,    first, last, text) {
  for (first = 1; first <= size[group]; first = last + 1) {
    last = first
    while (last < size[group] && follows(group, last))
      last++
    if (first > 1)
      text = text ", "
    text = text open side(group, what, first) close_
    if (last > first)
      text = text " .. " open side(group, what, last) close_
  }
  return text
}

function identifiers(group, open, close_,    text) {
  if (group in total_name)
    text = open total_name[group] close_ (size[group] > 0 ? ", " : "")
  return text runs(group, "name", open, close_)
}

function origin(group,    text) {
  if (group in total_code)
    text = total_code[group] (size[group] > 0 ? ", " : "")
  return text runs(group, "code")
}

# What the line says for people, of all its rows at once.
function meaning(group,    text, mark) {
  mark = marks[group, 1]
  text = group in total_help ? total_help[group] : helps[group, 1]
  # The unit has a column of its own.
  sub(/ \[[A-Za-z0-9]+\]$/, "", text)
  if (size[group] == 0)
    return text
  if (group in total_help)
    return text "; also by " (mark ~ /L/ ? "phase" : "tariff")
  if (size[group] == 1 || sub(mark, runs(group, "mark"), text) ||
      sub("tariff " number(mark), "tariff " runs(group, "number"), text) ||
      sub("quadrant " number(mark), "quadrant " runs(group, "number"), text))
    return text
  fail(names[group, 1] ": its text does not tell it from its neighbours")
}

function unit(group,    name) {
  name = class[group]
  sub(/-.*/, "", name)
  if (name == "NONE")
    return ""
  if (name == "M3" || name ~ /^VARH?$/)
    return tolower(name)
  if (name == "WH")
    return "Wh"
  if (name == "HZ")
    return "Hz"
  return name
}

function stat(group) {
  return class[group] ~ /MEAN$/ ? "mean" : "newest"
}

function markdown_line(group) {
  printf "| %s | %s | %s | %s | %s |\n", identifiers(group, "`", "`"),
         unit(group), stat(group), origin(group), meaning(group)
}

function manual_line(group, mdoc,    names_, unit_) {
  names_ = identifiers(group, "\\fB", "\\fR")
  gsub(/-/, "\\-", names_)
  print mdoc ? ".It " names_ : ".TP\n" names_
  unit_ = unit(group)
  print toupper(substr(meaning(group), 1, 1)) substr(meaning(group), 2) "."
  print (mdoc ? ".Pq " : "(") (unit_ == "" ? "" : unit_ ", ") stat(group) \
        "; " origin(group) (mdoc ? "" : ")")
}

function table(mdoc,    i, group) {
  if (format == "markdown") {
    print "| identifier | unit | | OBIS code | meaning |"
    print "| --- | --- | --- | --- | --- |"
  } else if (mdoc)
    print ".Bl -tag -width 4n"
  for (i = 1; i <= ranks; i++)
    for (group = 1; group <= groups; group++)
      if (class[group] == rank[i])
        if (format == "markdown")
          markdown_line(group)
        else
          manual_line(group, mdoc)
  if (format == "man" && mdoc)
    print ".El"
}

# Every published row has a rank, or it would be missing without a word.
function check_ranks(    i, group, known) {
  for (i = 1; i <= ranks; i++)
    known[rank[i]] = 1
  for (group = 1; group <= groups; group++)
    if (!(class[group] in known))
      fail("no place in the table for " class[group])
}

END {
  if (failed)
    exit 1
  if (groups == 0)
    fail("no published row was found")
  check_ranks()
  if (template == "") {
    table(0)
    exit 0
  }
  while ((status = (getline line <template)) > 0) {
    if (line ~ /^\.Dd/)
      mdoc = 1
    if (format == "markdown" && line == "<!-- readings:end -->")
      inside = 0
    if (format == "man" && line == "@READINGS@") {
      table(mdoc)
    } else if (!inside) {
      gsub(/@VERSION@/, version, line)
      print line
    }
    if (format == "markdown" && line == "<!-- readings:begin -->") {
      inside = 1
      found = 1
      table(0)
    }
  }
  if (status < 0)
    fail("cannot read " template)
  if (inside || (format == "markdown" && !found))
    fail(template " lacks a line with the mark for the table's begin or end")
}
