/*
 * main.c - p1ctl, the companion program of collectd-p1: which command was asked
 * for.
 */
#ifdef HAVE_CONFIG_H
#include "p1_config.h"
#endif

#include "p1ctl.h"

#include <stdio.h>
#include <string.h>

#ifndef P1_VERSION
#define P1_VERSION "unknown version"
#endif

static const struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} commands[] = {
    {"decode", p1ctl_decode,
     "show the telegrams of a file, a serial port or standard input"},
    {"doctor", p1ctl_doctor, "say what is on a line, and what to do"},
    {"ports", p1ctl_ports, "list the serial ports, and who may open them"},
    {"simulate", p1ctl_simulate, "play a meter, for trying things out"},
};

static void help(FILE *out) {
  fputs("Usage: p1ctl COMMAND [OPTION]...\n"
        "Reads and plays the P1 port of smart meters (DSMR, e-MUCS).\n\n",
        out);
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    fprintf(out, "  %-10s  %s\n", commands[i].name, commands[i].help);
  fputs("\n  --help      this text; p1ctl COMMAND --help tells a command's "
        "options\n"
        "  --version   the version of collectd-p1 that p1ctl belongs to\n\n"
        "The manual page is p1ctl(1).\n",
        out);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    help(stderr);
    return P1CTL_UNABLE;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
      strcmp(argv[1], "help") == 0) {
    help(stdout);
    return P1CTL_OK;
  }
  if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
    puts("p1ctl (collectd-p1) " P1_VERSION);
    return P1CTL_OK;
  }
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  fprintf(stderr, "p1ctl: there is no command '%s'; see p1ctl --help\n",
          argv[1]);
  return P1CTL_UNABLE;
}
