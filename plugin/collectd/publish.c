/*
 * publish.c - see publish.h.
 */
#include "collectd/publish.h"

#include "collectd/daemon.h"

#include <string.h>

_Static_assert(P1_READING_NAME_MAX + sizeof("-min") <= DATA_MAX_NAME_LEN,
               "a type instance with its suffix fits into collectd's field");

/* Copies a string that fits, or as much of it as does. */
static void put(char field[DATA_MAX_NAME_LEN], const char *text) {
  size_t length = strlen(text);
  if (length >= DATA_MAX_NAME_LEN)
    length = DATA_MAX_NAME_LEN - 1;
  memcpy(field, text, length);
  field[length] = '\0';
}

/* Hands one value to collectd under "<instance><suffix>"; 1 when it took it. */
static size_t dispatch(value_list_t *list, size_t instance_length,
                       const char *suffix,
                       const struct p1_statistic *statistic) {
  value_t value = {.gauge = p1_statistic_value(statistic)};
  memcpy(list->type_instance + instance_length, suffix, strlen(suffix) + 1);
  list->values = &value;
  list->values_len = 1;
  int status = plugin_dispatch_values(list);
  list->values = NULL;
  return status == 0 ? 1 : 0;
}

/* An extreme as a statistic of its own, so that one function knows how digits
 * and decimals become a value. */
static struct p1_statistic extreme(const struct p1_statistic *of,
                                   int64_t digits) {
  struct p1_statistic statistic = *of;
  statistic.sum = statistic.min = statistic.max = digits;
  statistic.count = 1;
  return statistic;
}

static size_t publish_statistic(value_list_t *list,
                                const struct p1_statistic *statistic,
                                bool min_max) {
  const struct p1_obis *row = p1_obis_row((enum p1_id)statistic->id);
  /* What has no type is not for collectd, and a mean of nothing is not 0. */
  if (row->type[0] == '\0' || row->stat == P1_STAT_NONE ||
      statistic->count == 0)
    return 0;

  put(list->type, row->type);
  size_t length =
      p1_reading_instance((enum p1_id)statistic->id, statistic->channel,
                          list->type_instance, P1_READING_NAME_MAX);
  size_t taken = dispatch(list, length, "", statistic);
  if (min_max && row->stat == P1_STAT_MEAN) {
    struct p1_statistic min = extreme(statistic, statistic->min);
    struct p1_statistic max = extreme(statistic, statistic->max);
    taken += dispatch(list, length, "-min", &min);
    taken += dispatch(list, length, "-max", &max);
  }
  return taken;
}

size_t p1_publish(const struct p1_publish_names *names,
                  const struct p1_interval *interval) {
  value_list_t list = VALUE_LIST_INIT;
  list.time = MS_TO_CDTIME_T(interval->time_ms);
  list.interval = MS_TO_CDTIME_T(interval->interval_ms);
  /* collectd fills in its own name where the host is empty. */
  put(list.host, names->host == NULL ? "" : names->host);
  put(list.plugin, "p1");
  put(list.plugin_instance, names->meter);

  size_t taken = 0;
  for (size_t i = 0; i < interval->count; i++)
    taken += publish_statistic(&list, &interval->list[i], names->min_max);
  return taken;
}
