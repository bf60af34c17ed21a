/*
 * prescription.h - what `p1ctl doctor` has written, taken apart.
 */
#ifndef P1_PRESCRIPTION_H
#define P1_PRESCRIPTION_H

#include "torture.h"

#include "diagnosis.h"

#define MAY(verdict) (1u << P1_DIAGNOSIS_##verdict)

/* The last that was read back. */
static char shown[16384];

static inline void read_back(FILE *file, char *text, size_t size) {
  rewind(file);
  text[fread(text, 1, size - 1, file)] = '\0';
  fclose(file);
}

/* The verdict of the summary; "" when there is none. */
static inline const char *last_verdict(void) {
  static char word[32];
  const char *row = strstr(shown, "\n  verdict   ");
  word[0] = '\0';
  if (row != NULL)
    sscanf(row, "\n  verdict %31[^:]", word);
  return word;
}

/* Which verdicts stand in the lines before the summary, one bit for each. */
static inline uint32_t verdicts_told(void) {
  uint32_t told = 0;
  for (const char *at = shown; at != NULL && *at != '\0';) {
    char word[32] = "";
    long seconds = 0;
    if (sscanf(at, "%ld s: %31[^:]:", &seconds, word) == 2)
      for (int i = 0; i < P1_DIAGNOSIS_COUNT; i++)
        if (strcmp(word, p1_diagnosis_word((enum p1_diagnosis_verdict)i)) == 0)
          told |= 1u << i;
    at = strchr(at, '\n');
    at += at != NULL;
  }
  return told;
}

static inline void assert_shown(const char *text) {
  if (strstr(shown, text) == NULL)
    fail_msg("\"%s\" is not in:\n%s", text, shown);
}

#endif
