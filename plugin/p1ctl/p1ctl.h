/*
 * p1ctl.h - the commands of the companion program and what they share.
 *
 * Each command is called with its own name in argv[0] and returns the exit
 * status of the program.
 */
#ifndef P1CTL_H
#define P1CTL_H

/* Exit statuses. */
enum p1ctl_exit {
  P1CTL_OK = 0,     /* all that was asked for was done */
  P1CTL_FAILED = 1, /* some of it could not be: a damaged telegram, a fault on
                       the line, an output that takes no more */
  P1CTL_UNABLE = 2  /* none of it could be: a wrong option, no input */
};

/* Shows the telegrams of a file, a port or standard input. */
int p1ctl_decode(int argc, char **argv);

/* Says what is on a line, and what to do. */
int p1ctl_doctor(int argc, char **argv);

/* Lists the serial ports, opening none. */
int p1ctl_ports(int argc, char **argv);

/* Plays a meter into a file, standard output or a pseudo terminal. */
int p1ctl_simulate(int argc, char **argv);

#endif
