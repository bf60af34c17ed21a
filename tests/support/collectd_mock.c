/*
 * collectd_mock.c - see collectd_mock.h.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* strndup, strcasecmp */
#endif
#include "collectd_mock.h"

struct p1_mock p1_mock;

/* collectd's globals. */
static char mock_host[] = "mockhost";
char *hostname_g = mock_host;
cdtime_t interval_g = TIME_T_TO_CDTIME_T_STATIC(10);

/* A full record or a broken test text: no test can go on. */
static void give_up(const char *why) {
  fprintf(stderr, "collectd_mock: %s\n", why);
  abort();
}

static void copy(char *to, size_t size, const char *text) {
  if (strlen(text) >= size)
    give_up("a text is longer than collectd's field");
  memcpy(to, text, strlen(text) + 1);
}

void p1_mock_reset(void) { memset(&p1_mock, 0, sizeof(p1_mock)); }

/*
 * The daemon's functions
 */

void plugin_log(int level, const char *format, ...) {
  if (p1_mock.log_count >= P1_MOCK_LOGS_MAX)
    give_up("too many log lines");
  struct p1_mock_log *log = &p1_mock.log[p1_mock.log_count++];
  log->severity = level;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(log->text, sizeof(log->text), format, arguments);
  va_end(arguments);
}

int plugin_dispatch_values(value_list_t const *list) {
  if (p1_mock.value_count >= P1_MOCK_VALUES_MAX)
    give_up("too many value lists");
  if (list->values_len != 1 || list->values == NULL)
    give_up("a value list without exactly one value");
  struct p1_mock_value *value = &p1_mock.value[p1_mock.value_count++];
  const char *host = list->host[0] == '\0' ? hostname_g : list->host;
  snprintf(value->identifier, sizeof(value->identifier), "%s/%s%s%s/%s%s%s",
           host, list->plugin, list->plugin_instance[0] == '\0' ? "" : "-",
           list->plugin_instance, list->type,
           list->type_instance[0] == '\0' ? "" : "-", list->type_instance);
  copy(value->type, sizeof(value->type), list->type);
  value->value = list->values[0].gauge;
  value->time = list->time;
  value->interval = list->interval;
  return 0;
}

int plugin_dispatch_notification(const notification_t *notification) {
  if (p1_mock.notification_count >= P1_MOCK_NOTIFICATIONS_MAX)
    give_up("too many notifications");
  p1_mock.notification[p1_mock.notification_count++] = *notification;
  return 0;
}

int plugin_register_complex_config(const char *type,
                                   int (*callback)(oconfig_item_t *)) {
  if (strcmp(type, "p1") != 0)
    give_up("config registered under a wrong name");
  p1_mock.config = callback;
  return 0;
}

int plugin_register_init(const char *name, plugin_init_cb callback) {
  if (strcmp(name, "p1") != 0)
    give_up("init registered under a wrong name");
  p1_mock.init = callback;
  return 0;
}

int plugin_register_shutdown(const char *name, plugin_shutdown_cb callback) {
  if (strcmp(name, "p1") != 0)
    give_up("shutdown registered under a wrong name");
  p1_mock.shutdown = callback;
  return 0;
}

/* collectd 5.12 frees the user data of a name that it knows already, and
 * leaves it alone when its own memory is short: both are refusals. */
int plugin_register_complex_read(const char *group, const char *name,
                                 plugin_read_cb callback, cdtime_t interval,
                                 user_data_t const *user_data) {
  if (p1_mock.register_read_status != 0)
    return p1_mock.register_read_status;
  for (size_t i = 0; i < p1_mock.read_count; i++)
    if (strcmp(p1_mock.read[i].name, name) == 0) {
      user_data->free_func(user_data->data);
      return EINVAL;
    }
  if (p1_mock.read_count >= P1_MOCK_READS_MAX)
    give_up("too many read callbacks");
  struct p1_mock_read *read = &p1_mock.read[p1_mock.read_count++];
  copy(read->group, sizeof(read->group), group);
  copy(read->name, sizeof(read->name), name);
  read->callback = callback;
  read->interval = interval;
  read->user_data = *user_data;
  return 0;
}

cdtime_t plugin_get_interval(void) {
  return p1_mock.interval_of_plugin != 0 ? p1_mock.interval_of_plugin
                                         : interval_g;
}

/*
 * What tests ask
 */

size_t p1_mock_logged(const char *text) {
  size_t count = 0;
  for (size_t i = 0; i < p1_mock.log_count; i++)
    if (strstr(p1_mock.log[i].text, text) != NULL)
      count++;
  return count;
}

const struct p1_mock_value *p1_mock_find(const char *identifier) {
  for (size_t i = p1_mock.value_count; i > 0; i--)
    if (strcmp(p1_mock.value[i - 1].identifier, identifier) == 0)
      return &p1_mock.value[i - 1];
  return NULL;
}

int p1_mock_read_all(void) {
  int status = 0;
  for (size_t i = 0; i < p1_mock.read_count; i++) {
    struct p1_mock_read *read = &p1_mock.read[i];
    if (read->callback(&read->user_data) != 0)
      status = -1;
  }
  return status;
}

int p1_mock_read_all_once(void) {
  int status = 0;
  for (size_t i = 0; i < p1_mock.read_count; i++) {
    struct p1_mock_read *read = &p1_mock.read[i];
    if (read->callback(&read->user_data) != 0)
      status = -1;
    read->user_data.free_func(read->user_data.data);
  }
  p1_mock.read_count = 0;
  return status;
}

int p1_mock_stop(void) {
  for (size_t i = 0; i < p1_mock.read_count; i++) {
    user_data_t *user_data = &p1_mock.read[i].user_data;
    user_data->free_func(user_data->data);
  }
  p1_mock.read_count = 0;
  return p1_mock.shutdown();
}

/*
 * A reader of configuration texts
 */

static oconfig_item_t *add_item(oconfig_item_t *parent) {
  size_t count = (size_t)parent->children_num + 1;
  oconfig_item_t *children =
      realloc(parent->children, count * sizeof(*children));
  if (children == NULL)
    give_up("no memory");
  parent->children = children;
  parent->children_num = (int)count;
  oconfig_item_t *item = &children[count - 1];
  memset(item, 0, sizeof(*item));
  return item;
}

static char *take_text(const char *start, const char *end) {
  char *text = strndup(start, (size_t)(end - start));
  if (text == NULL)
    give_up("no memory");
  return text;
}

/* The kinds are told apart as collectd's own reader does it: quoted is text,
 * then booleans, then numbers, which have no exponent (7E1 is a word), and the
 * rest is text again. */
static void set_plain(oconfig_value_t *value, char *word) {
  static const char *const truths[] = {"true", "yes", "on"};
  static const char *const lies[] = {"false", "no", "off"};
  for (size_t i = 0; i < sizeof(truths) / sizeof(*truths); i++)
    if (strcasecmp(word, truths[i]) == 0 || strcasecmp(word, lies[i]) == 0) {
      value->type = OCONFIG_TYPE_BOOLEAN;
      value->value.boolean = strcasecmp(word, truths[i]) == 0;
      free(word);
      return;
    }
  if (word[strspn(word, "+-.0123456789")] == '\0') {
    value->type = OCONFIG_TYPE_NUMBER;
    value->value.number = strtod(word, NULL);
    free(word);
    return;
  }
  value->type = OCONFIG_TYPE_STRING;
  value->value.string = word;
}

static const char *read_values(oconfig_item_t *item, const char *at,
                               const char *end) {
  for (;;) {
    at += strspn(at, " \t");
    if (at >= end || *at == '#')
      return end;
    size_t count = (size_t)item->values_num + 1;
    oconfig_value_t *values = realloc(item->values, count * sizeof(*values));
    if (values == NULL)
      give_up("no memory");
    item->values = values;
    item->values_num = (int)count;
    oconfig_value_t *value = &values[count - 1];
    if (*at == '"') {
      const char *close = strchr(at + 1, '"');
      if (close == NULL)
        give_up("a quote without its end");
      value->type = OCONFIG_TYPE_STRING;
      value->value.string = take_text(at + 1, close);
      at = close + 1;
    } else {
      const char *stop = at + strcspn(at, " \t\n>");
      set_plain(value, take_text(at, stop));
      at = stop;
    }
  }
}

static const char *line_end(const char *line) {
  const char *end = strchr(line, '\n');
  return end == NULL ? line + strlen(line) : end;
}

/* Reads lines into `parent` up to its closing tag or the text's end. */
static const char *read_block(oconfig_item_t *parent, const char *at) {
  while (*at != '\0') {
    at += strspn(at, " \t\n");
    if (*at == '#') {
      at = line_end(at);
      continue;
    }
    if (*at == '\0')
      break;
    const char *end = line_end(at);
    if (strncmp(at, "</", 2) == 0)
      return end;
    bool block = *at == '<';
    if (block)
      at++;
    oconfig_item_t *item = add_item(parent);
    const char *key_end = at + strcspn(at, " \t\n>");
    item->key = take_text(at, key_end);
    const char *stop = end;
    if (block)
      while (stop > key_end && *stop != '>')
        stop--;
    read_values(item, key_end, stop);
    at = block ? read_block(item, end) : end;
  }
  return at;
}

static void free_children(oconfig_item_t *item) {
  for (int i = 0; i < item->children_num; i++) {
    oconfig_item_t *child = &item->children[i];
    for (int j = 0; j < child->values_num; j++)
      if (child->values[j].type == OCONFIG_TYPE_STRING)
        free(child->values[j].value.string);
    free(child->values);
    free(child->key);
    free_children(child);
  }
  free(item->children);
}

int p1_mock_config(const char *text, int (*callback)(oconfig_item_t *)) {
  oconfig_item_t root = {0};
  read_block(&root, text);
  int status = 0;
  for (int i = 0; i < root.children_num; i++)
    status = (callback != NULL ? callback : p1_mock.config)(&root.children[i]);
  free_children(&root);
  return status;
}
