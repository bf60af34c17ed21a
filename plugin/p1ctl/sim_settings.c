/*
 * sim_settings.c - the command line of `p1ctl simulate`.
 *
 * One row per option: what it takes, what that does when it is not given, what
 * it is for, and the function that reads it.
 */
#include "sim_settings.h"

#include <inttypes.h>
#include <string.h>

/* Registers print up to nine digits of Wh in most dialects. */
#define REGISTER_MAX 999999999
/* Ten times the panels that a house connection of 3 x 25 A can carry. */
#define SOLAR_MAX 170000

/* Reads a whole number of at most `most`. */
static bool read_whole(const char *text, uint64_t most, uint64_t *number) {
  uint64_t value = 0;
  if (*text == '\0')
    return false;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9')
      return false;
    unsigned digit = (unsigned)(*text - '0');
    if (value > (most - digit) / 10)
      return false;
    value = value * 10 + digit;
  }
  *number = value;
  return true;
}

/* Reads a decimal number such as 0.25 as 250 of 1000. No strtod(): what it
 * takes for a point depends on the locale. */
static bool read_decimal(const char *text, uint64_t scale, uint64_t most,
                         uint64_t *number) {
  uint64_t value = 0, unit = scale;
  bool point = false;
  if (*text == '\0' || *text == '.')
    return false;
  for (; *text != '\0'; text++) {
    if (*text == '.' && !point) {
      point = true;
      continue;
    }
    if (*text < '0' || *text > '9')
      return false;
    if (point)
      unit /= 10;
    else
      value *= 10;
    value += (uint64_t)(*text - '0') * unit;
    if (value > most)
      return false;
  }
  *number = value;
  return true;
}

static bool take_dialect(struct p1_sim_settings *settings, const char *text) {
  for (int i = 0; i < P1_SIM_DIALECTS; i++) {
    enum p1_sim_dialect dialect = (enum p1_sim_dialect)i;
    if (strcmp(text, p1_sim_traits(dialect)->name) == 0) {
      settings->house.dialect = dialect;
      return true;
    }
  }
  return false;
}

static bool take_output(struct p1_sim_settings *settings, const char *text) {
  settings->output = text;
  return *text != '\0';
}

static bool take_pty(struct p1_sim_settings *settings, const char *text) {
  settings->pty = text;
  return *text != '\0';
}

static bool take_values(struct p1_sim_settings *settings, const char *text) {
  settings->values = text;
  return *text != '\0';
}

static bool take_seed(struct p1_sim_settings *settings, const char *text) {
  return read_whole(text, UINT64_MAX, &settings->house.seed);
}

static bool take_start(struct p1_sim_settings *settings, const char *text) {
  return p1_sim_parse_start(text, &settings->house.start);
}

/* Counts and durations; a thousand million seconds are 31 years. */
static bool take_positive(const char *text, int64_t *number) {
  uint64_t value = 0;
  if (!read_whole(text, 1000000000, &value) || value == 0)
    return false;
  *number = (int64_t)value;
  return true;
}

static bool take_count(struct p1_sim_settings *settings, const char *text) {
  return take_positive(text, &settings->count);
}

static bool take_duration(struct p1_sim_settings *settings, const char *text) {
  return take_positive(text, &settings->duration);
}

static bool take_pace(struct p1_sim_settings *settings, const char *text) {
  settings->pace_milli = strcmp(text, "real") == 0 ? 1000 : 0;
  if (settings->pace_milli != 0 || strcmp(text, "max") == 0)
    return true;
  char factor[16];
  size_t n = strlen(text);
  if (n > 0 && text[n - 1] == 'x')
    n--;
  if (n >= sizeof(factor))
    return false;
  memcpy(factor, text, n);
  factor[n] = '\0';
  uint64_t milli = 0;
  if (!read_decimal(factor, 1000, 1000000000, &milli) || milli == 0)
    return false;
  settings->pace_milli = (int64_t)milli;
  return true;
}

static bool take_phases(struct p1_sim_settings *settings, const char *text) {
  settings->house.phases = text[0] == '1' ? 1 : 3;
  return strcmp(text, "1") == 0 || strcmp(text, "3") == 0;
}

static bool take_solar(struct p1_sim_settings *settings, const char *text) {
  uint64_t watt = 0;
  bool good = read_whole(text, SOLAR_MAX, &watt);
  settings->house.solar_peak_w = (int32_t)watt;
  return good;
}

static bool take_registers(struct p1_sim_settings *settings, const char *text) {
  int64_t *registers[4] = {
      &settings->house.import_wh[0], &settings->house.import_wh[1],
      &settings->house.export_wh[0], &settings->house.export_wh[1]};
  for (int i = 0; i < 4; i++) {
    size_t n = strcspn(text, ",");
    char number[16];
    uint64_t value = 0;
    if (n >= sizeof(number) || (text[n] == ',') != (i < 3))
      return false;
    memcpy(number, text, n);
    number[n] = '\0';
    if (!read_whole(number, REGISTER_MAX, &value))
      return false;
    *registers[i] = (int64_t)value;
    text += n + 1;
  }
  settings->house.registers_given = true;
  return true;
}

static bool take_history(struct p1_sim_settings *settings, const char *text) {
  settings->house.newest_first = strcmp(text, "newest") == 0;
  return settings->house.newest_first || strcmp(text, "oldest") == 0;
}

static bool take_months(struct p1_sim_settings *settings, const char *text) {
  uint64_t months = 0;
  bool good = read_whole(text, P1_SIM_MONTHS_MAX, &months);
  settings->house.months = (uint8_t)months;
  return good;
}

/* A chance: 0.01 or 1/100. */
static bool take_chance(const char *text, uint32_t *chance) {
  uint64_t value = 0;
  bool good = strncmp(text, "1/", 2) == 0
                  ? read_whole(text + 2, P1_SIM_CERTAIN, &value) && value > 0
                  : read_decimal(text, P1_SIM_CERTAIN, P1_SIM_CERTAIN, &value);
  if (good && text[1] == '/')
    value = P1_SIM_CERTAIN / value;
  *chance = (uint32_t)value;
  return good;
}

static bool take_corrupt(struct p1_sim_settings *settings, const char *text) {
  return take_chance(text, &settings->damage.corrupt);
}

static bool take_garbage(struct p1_sim_settings *settings, const char *text) {
  return take_chance(text, &settings->damage.garbage);
}

static bool take_drop(struct p1_sim_settings *settings, const char *text) {
  return take_chance(text, &settings->damage.drop);
}

static bool take_line_rate(struct p1_sim_settings *settings, const char *text) {
  uint64_t rate = 0;
  bool good = read_whole(text, 4000000, &rate) && (rate == 0 || rate >= 300);
  settings->line_rate = (int64_t)rate;
  return good;
}

/* Options without an argument. */

static bool set_no_solar(struct p1_sim_settings *settings, const char *text) {
  (void)text;
  settings->house.solar_peak_w = 0;
  return true;
}

static bool set_no_gas(struct p1_sim_settings *settings, const char *text) {
  (void)text;
  settings->house.gas = false;
  return true;
}

static bool set_no_water(struct p1_sim_settings *settings, const char *text) {
  (void)text;
  settings->house.water = false;
  return true;
}

static bool set_parity(struct p1_sim_settings *settings, const char *text) {
  (void)text;
  settings->parity = true;
  return true;
}

static bool set_help(struct p1_sim_settings *settings, const char *text) {
  (void)text;
  settings->help = true;
  return true;
}

static const struct option {
  const char *name;
  const char *argument; /* NULL: takes none */
  const char *allowed;  /* what the argument may be, after "takes" */
  const char *help;
  bool (*take)(struct p1_sim_settings *settings, const char *text);
} options[] = {
    {"dialect", "NAME", "emucs, dsmr5, dsmr4, dsmr2, luxembourg or sweden",
     "the kind of meter (default emucs)", take_dialect},
    {"output", "FILE", "a file name, or - for standard output",
     "where telegrams go (default -, standard output)", take_output},
    {"pty", "LINK", "the name of a link",
     "speak to a pseudo terminal instead, and link to it", take_pty},
    {"seed", "N", "a whole number",
     "another house, another weather (default 1)", take_seed},
    {"start", "TIME", "a time such as '2025-06-21 12:00:00'",
     "first telegram's time in UTC+1 (default now)", take_start},
    {"count", "N", "a whole number from 1 to 1000000000",
     "telegrams to send (default no end)", take_count},
    {"duration", "SECONDS", "a whole number from 1 to 1000000000",
     "time by the meter's clock (default no end)", take_duration},
    {"pace", "PACE", "real, max, or a factor such as 10x or 0.5x",
     "how fast time goes by (default real)", take_pace},
    {"phases", "1|3", "1 or 3", "the house's connection (default 3)",
     take_phases},
    {"no-solar", NULL, NULL, "no solar panels", set_no_solar},
    {"solar-peak", "W", "a whole number from 0 to 170000",
     "power of the panels (default 4000)", take_solar},
    {"no-gas", NULL, NULL, "no gas meter; a heat pump", set_no_gas},
    {"no-water", NULL, NULL, "no water meter", set_no_water},
    {"registers", "T1,T2,E1,E2",
     "four whole numbers of Wh up to 999999999, with commas between",
     "import and export at the start (default by seed)", take_registers},
    {"history", "ORDER", "newest or oldest",
     "month peaks: which comes first (default oldest)", take_history},
    {"months", "N", "a whole number from 0 to 13",
     "month peaks at the start (default 12)", take_months},
    {"values", "FILE", "a file name",
     "write what each telegram should say, as CSV", take_values},
    {"corrupt", "P", "a chance from 0 to 1, or 1/N",
     "flip a bit of a telegram (default 0)", take_corrupt},
    {"garbage", "P", "a chance from 0 to 1, or 1/N",
     "send rubbish before a telegram (default 0)", take_garbage},
    {"drop", "P", "a chance from 0 to 1, or 1/N",
     "lose bytes of a telegram, or all (default 0)", take_drop},
    {"parity", NULL, NULL, "dsmr2: 7E1 as a reader of 8N1 sees it", set_parity},
    {"line-rate", "BAUD", "0 or a line speed from 300 to 4000000",
     "send bytes as a line would (default 0: at once)", take_line_rate},
    {"help", NULL, NULL, "print this and exit", set_help},
};

static const struct option *find(const char *name, size_t n) {
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0)
      return &options[i];
  }
  return NULL;
}

void p1_sim_settings_help(FILE *out) {
  fputs("Usage: p1ctl simulate [OPTION]...\n"
        "Plays a smart meter's P1 port: a house with a day's load curve.\n\n",
        out);
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    char name[40];
    snprintf(name, sizeof(name), "--%s %s", options[i].name,
             options[i].argument != NULL ? options[i].argument : "");
    fprintf(out, "  %-24s  %s\n", name, options[i].help);
  }
}

/* Reads the option at argv[*at], which may take argv[*at + 1]. */
static bool read_option(struct p1_sim_settings *settings, int argc, char **argv,
                        int *at, FILE *errors) {
  const char *name = argv[*at];
  if (strncmp(name, "--", 2) != 0 || name[2] == '\0') {
    fprintf(errors, "p1ctl simulate: '%s' is not an option; see --help\n",
            name);
    return false;
  }
  name += 2;
  const char *value = strchr(name, '=');
  size_t n = value != NULL ? (size_t)(value - name) : strlen(name);
  const struct option *option = find(name, n);
  if (option == NULL) {
    fprintf(errors, "p1ctl simulate: there is no option --%.*s; see --help\n",
            (int)n, name);
    return false;
  }
  if (option->argument == NULL) {
    if (value != NULL)
      fprintf(errors, "p1ctl simulate: --%s takes no value\n", option->name);
    return value == NULL && option->take(settings, NULL);
  }
  if (value != NULL)
    value++;
  else if (*at + 1 < argc)
    value = argv[++*at];
  if (value == NULL) {
    fprintf(errors, "p1ctl simulate: --%s takes %s, but nothing follows\n",
            option->name, option->allowed);
    return false;
  }
  if (!option->take(settings, value)) {
    fprintf(errors, "p1ctl simulate: --%s takes %s, not '%s'\n", option->name,
            option->allowed, value);
    return false;
  }
  return true;
}

bool p1_sim_settings_read(struct p1_sim_settings *settings, int argc,
                          char **argv, FILE *errors) {
  *settings = (struct p1_sim_settings){.house = p1_sim_defaults(),
                                       .output = NULL,
                                       .count = INT64_MAX,
                                       .duration = INT64_MAX,
                                       .pace_milli = 1000};
  settings->house.seed = 1;
  for (int i = 1; i < argc && !settings->help; i++) {
    if (!read_option(settings, argc, argv, &i, errors))
      return false;
  }
  if (settings->output != NULL && settings->pty != NULL) {
    fputs("p1ctl simulate: --output and --pty exclude each other, give one\n",
          errors);
    return false;
  }
  if (settings->parity && settings->house.dialect != P1_SIM_DSMR2) {
    fputs("p1ctl simulate: --parity is for --dialect dsmr2, other meters "
          "send 8N1\n",
          errors);
    return false;
  }
  if (settings->output == NULL)
    settings->output = "-";
  settings->damage.random.state = p1_sim_mix(~settings->house.seed);
  return true;
}
