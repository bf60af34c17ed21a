/*
 * simscene.h - a simulated meter and its newest telegram, and a reader of
 * telegrams that is the tests' own: what the meter prints is not to be judged
 * by the meter core.
 */
#ifndef P1_SIMSCENE_H
#define P1_SIMSCENE_H

#include "torture.h"

#include "sim_dialect.h"

struct scene {
  struct p1_sim_house house;
  size_t n;
  char text[P1_SIM_TELEGRAM_MAX + 1]; /* NUL-terminated */
};

/* A meter as p1ctl makes one when nothing is asked for, but for its dialect
 * and its start, in UTC+1. */
static inline struct p1_sim_options scene_options(enum p1_sim_dialect dialect,
                                                  const char *start) {
  struct p1_sim_options options = p1_sim_defaults();
  options.dialect = dialect;
  options.seed = 7;
  assert_true(p1_sim_parse_start(start, &options.start));
  return options;
}

static inline void scene_render(struct scene *scene) {
  scene->n = p1_sim_render(&scene->house, scene->text, P1_SIM_TELEGRAM_MAX);
  assert_true(scene->n > 0);
  scene->text[scene->n] = '\0';
}

static inline void scene_begin(struct scene *scene,
                               const struct p1_sim_options *options) {
  p1_sim_init(&scene->house, options);
  scene_render(scene);
}

static inline void scene_begin_at(struct scene *scene,
                                  enum p1_sim_dialect dialect,
                                  const char *start) {
  struct p1_sim_options options = scene_options(dialect, start);
  scene_begin(scene, &options);
}

/* The next telegram. */
static inline void scene_next(struct scene *scene) {
  p1_sim_next_telegram(&scene->house);
  scene_render(scene);
}

/* The text in the pair of parentheses `index` of the line with a code. */
static inline const char *scene_field(const struct scene *scene,
                                      const char *code, int index) {
  char line[32];
  snprintf(line, sizeof(line), "\n%s(", code);
  const char *at = strstr(scene->text, line);
  if (at == NULL) {
    fail_msg("no %s in %s", code, scene->text);
    return "";
  }
  at += strlen(line);
  for (; index > 0; index--)
    at = strchr(at, '(') + 1;
  return at;
}

/* The number there, its decimal point taken out. */
static inline int64_t scene_number_at(const struct scene *scene,
                                      const char *code, int index) {
  const char *at = scene_field(scene, code, index);
  int64_t value = 0;
  for (; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
    if (*at != '.')
      value = value * 10 + (*at - '0');
  }
  return value;
}

static inline int64_t scene_number(const struct scene *scene,
                                   const char *code) {
  return scene_number_at(scene, code, 0);
}

/* True when the text there begins so. */
static inline bool scene_shows(const struct scene *scene, const char *code,
                               int index, const char *text) {
  return strncmp(scene_field(scene, code, index), text, strlen(text)) == 0;
}

/* The CRC-16/ARC, bit by bit as the standard tells it. */
static inline unsigned scene_crc(const char *bytes, size_t n) {
  unsigned crc = 0;
  for (size_t i = 0; i < n; i++) {
    crc ^= (unsigned char)bytes[i];
    for (int bit = 0; bit < 8; bit++)
      crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA001U : crc >> 1;
  }
  return crc;
}

/* True when n bytes end in '!', the CRC of all before it, and a line end. */
static inline bool scene_crc_holds(const char *bytes, size_t n) {
  char end[16];
  if (n < 7 || bytes[n - 7] != '!')
    return false;
  snprintf(end, sizeof(end), "!%04X\r\n", scene_crc(bytes, n - 6));
  return memcmp(bytes + n - 7, end, 7) == 0;
}

#endif
