/*
 * config.c - see config.h.
 *
 * The keys of a Meter block are rows of a table: name, the kinds of value it
 * takes, what is allowed in words, and a setter that says whether the value is.
 * collectd's own cf_util functions are not used, because their messages cannot
 * name the block.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* strdup */
#endif

#include "collectd/config.h"

#include "device.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The name goes into identifiers as "p1-<name>", of which collectd keeps 127
 * characters and file systems 255 bytes; 63 is a DNS label's length. */
#define NAME_MAX_LENGTH 63

/* collectd's field without its NUL. */
#define HOST_MAX_LENGTH (DATA_MAX_NAME_LEN - 1)

/* A device is named up to twice in a sentence of P1_SOURCE_MESSAGE_MAX bytes,
 * as written and as where it leads: two of these leave 100 for the words. */
#define DEVICE_MAX_LENGTH 200

/* A meter speaks once a second at most; a day holds 8,640 of its slowest. */
#define INTERVAL_MIN_S 1
#define INTERVAL_MAX_S 86400

/* Six minutes are more than the shortest capture period, 5 minutes; a year is
 * as good as never. */
#define MBUS_TIMEOUT_MIN_H 0.1
#define MBUS_TIMEOUT_MAX_H 8760
#define MBUS_TIMEOUT_DEFAULT_H 3

/* The reader looks for silence every 5 s; who does not want to hear of a day's
 * need not be told at all. */
#define TIMEOUT_MIN_S 5
#define TIMEOUT_MAX_S 86400

/* DSMR 2.2 and 3.0: the only P1 ports that are not P1_SERIAL_SPEED 8N1. */
#define OLD_SPEED 9600

/* Stand for "auto" until the block has been read. */
#define SPEED_AUTO 0
#define FRAMING_AUTO P1_FRAMING_COUNT

/* What a message quotes of a value at most. */
#define SHOWN_MAX 96

/* A Meter block on its way in. */
struct block {
  struct p1_settings_meter *meter;
  char label[SHOWN_MAX + 16]; /* Meter "home" */
  uint32_t given;             /* bit n: the key in row n has been seen */
  size_t refused;             /* complaints so far */
};

/* Kinds of value, as bits. */
#define TEXT (1u << OCONFIG_TYPE_STRING)
#define NUMBER (1u << OCONFIG_TYPE_NUMBER)
#define BOOLEAN (1u << OCONFIG_TYPE_BOOLEAN)

struct key {
  const char *name;
  unsigned kinds;
  const char *allowed;
  bool (*set)(struct p1_settings_meter *meter, const oconfig_value_t *value);
};

/*
 * Setters: true when the value is allowed. The kind has been checked.
 */

/* Takes a copy; out of memory counts as not allowed, and the block goes. */
static bool set_text(char **to, const char *text) {
  *to = strdup(text);
  return *to != NULL;
}

static bool set_device(struct p1_settings_meter *meter,
                       const oconfig_value_t *value) {
  const char *device = value->value.string;
  return strlen(device) <= DEVICE_MAX_LENGTH && p1_device_allowed(device) &&
         set_text(&meter->device, device);
}

static bool in_range(double number, double min, double max) {
  return number >= min && number <= max; /* false for NaN */
}

static bool set_interval(struct p1_settings_meter *meter,
                         const oconfig_value_t *value) {
  double seconds = value->value.number;
  if (!in_range(seconds, INTERVAL_MIN_S, INTERVAL_MAX_S))
    return false;
  meter->meter.interval_ms = (int64_t)(seconds * 1000 + 0.5);
  return true;
}

static bool is_word(const char *text, const char *extra) {
  for (; *text != '\0'; text++) {
    char c = *text;
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9');
    if (!plain && strchr(extra, c) == NULL)
      return false;
  }
  return true;
}

static bool set_host(struct p1_settings_meter *meter,
                     const oconfig_value_t *value) {
  const char *host = value->value.string;
  size_t length = strlen(host);
  if (length == 0 || length > HOST_MAX_LENGTH || !is_word(host, ".-_"))
    return false;
  return set_text(&meter->host, host);
}

static bool set_speed(struct p1_settings_meter *meter,
                      const oconfig_value_t *value) {
  if (value->type == OCONFIG_TYPE_STRING)
    return strcasecmp(value->value.string, "auto") == 0;
  double number = value->value.number;
  if (!in_range(number, 1, 1e9))
    return false;
  int speed = (int)number;
  if ((double)speed < number || !p1_speed_usual(speed))
    return false;
  meter->serial.speed = speed;
  return true;
}

static bool set_framing(struct p1_settings_meter *meter,
                        const oconfig_value_t *value) {
  return strcasecmp(value->value.string, "auto") == 0 ||
         p1_framing_parse(value->value.string, &meter->serial.framing);
}

static bool set_flowcontrol(struct p1_settings_meter *meter,
                            const oconfig_value_t *value) {
  return p1_flowcontrol_parse(value->value.string, &meter->serial.flowcontrol);
}

static bool set_rts(struct p1_settings_meter *meter,
                    const oconfig_value_t *value) {
  meter->serial.rts = value->value.boolean != 0;
  return true;
}

static bool set_dtr(struct p1_settings_meter *meter,
                    const oconfig_value_t *value) {
  meter->serial.dtr = value->value.boolean != 0;
  return true;
}

static bool set_crc(struct p1_settings_meter *meter,
                    const oconfig_value_t *value) {
  meter->meter.ignore_crc = strcasecmp(value->value.string, "ignore") == 0;
  return meter->meter.ignore_crc ||
         strcasecmp(value->value.string, "auto") == 0;
}

static bool set_timeout(struct p1_settings_meter *meter,
                        const oconfig_value_t *value) {
  if (value->type == OCONFIG_TYPE_STRING)
    return strcasecmp(value->value.string, "auto") == 0;
  double seconds = value->value.number;
  if (!in_range(seconds, TIMEOUT_MIN_S, TIMEOUT_MAX_S))
    return false;
  meter->timeout_ms = (int64_t)(seconds * 1000 + 0.5);
  return true;
}

static bool set_min_max(struct p1_settings_meter *meter,
                        const oconfig_value_t *value) {
  meter->min_max = value->value.boolean != 0;
  return true;
}

static bool set_mbus_timeout(struct p1_settings_meter *meter,
                             const oconfig_value_t *value) {
  double hours = value->value.number;
  if (!in_range(hours, MBUS_TIMEOUT_MIN_H, MBUS_TIMEOUT_MAX_H))
    return false;
  meter->meter.mbus_timeout_s = (int64_t)(hours * 3600 + 0.5);
  return true;
}

static const struct key keys[] = {
    {"Device", TEXT, P1_DEVICE_CHOICES, set_device},
    {"Interval", NUMBER, "a number of seconds from 1 to 86400", set_interval},
    {"Host", TEXT,
     "a host name of letters, digits and . - _, at most 127 of them, in quotes",
     set_host},
    {"Speed", TEXT | NUMBER, "auto or a usual speed from 300 to 921600 baud",
     set_speed},
    {"Framing", TEXT, "auto, " P1_FRAMING_CHOICES, set_framing},
    {"FlowControl", TEXT, P1_FLOWCONTROL_CHOICES, set_flowcontrol},
    {"RTS", BOOLEAN, "true or false", set_rts},
    {"DTR", BOOLEAN, "true or false", set_dtr},
    {"CRC", TEXT, "auto or ignore", set_crc},
    {"Timeout", TEXT | NUMBER, "auto or a number of seconds from 5 to 86400",
     set_timeout},
    {"MinMax", BOOLEAN, "true or false", set_min_max},
    {"MBusTimeout", NUMBER, "a number of hours from 0.1 to 8760",
     set_mbus_timeout},
};

#define KEYS (sizeof(keys) / sizeof(*keys))
#define ALL_KEYS                                                               \
  "Device, Interval, Host, Speed, Framing, FlowControl, RTS, DTR, CRC, "       \
  "Timeout, MinMax and MBusTimeout"

/*
 * Complaints
 */

/* Writes a value as a person would find it in the file, shortened and without
 * control characters, which would break a line of the log. */
static void show(char text[SHOWN_MAX], const oconfig_value_t *value) {
  if (value->type == OCONFIG_TYPE_NUMBER)
    snprintf(text, SHOWN_MAX, "%.15g", value->value.number);
  else if (value->type == OCONFIG_TYPE_BOOLEAN)
    snprintf(text, SHOWN_MAX, "%s", value->value.boolean ? "true" : "false");
  else
    snprintf(text, SHOWN_MAX, "\"%.*s\"", SHOWN_MAX - 3, value->value.string);
  for (; *text != '\0'; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f)
      *text = '?';
}

/* The one message about a thing: the block, what is wrong, what is allowed. */
#define REFUSE(block, format, ...)                                             \
  do {                                                                         \
    ERROR("p1 plugin: %s: " format ". This Meter block is left out.",          \
          (block)->label, __VA_ARGS__);                                        \
    (block)->refused++;                                                        \
  } while (0)

/* Why a value is refused. Quotes round a number or a boolean are the commonest
 * mistake and get a hint of their own. */
static const char *reason(const struct key *key, const oconfig_value_t *value) {
  if (value->type == OCONFIG_TYPE_STRING && key->kinds & NUMBER &&
      value->value.string[0] >= '0' && value->value.string[0] <= '9')
    return "is text: numbers are written without quotes";
  if (value->type == OCONFIG_TYPE_STRING && key->kinds & BOOLEAN)
    return "is text: true and false are written without quotes";
  return "is not allowed";
}

static void refuse_value(struct block *block, const struct key *key,
                         const oconfig_value_t *value) {
  char shown[SHOWN_MAX];
  show(shown, value);
  REFUSE(block, "%s %s %s; allowed is %s", key->name, shown, reason(key, value),
         key->allowed);
}

/*
 * Blocks
 */

static void read_key(struct block *block, const oconfig_item_t *item) {
  size_t row = 0;
  while (row < KEYS && strcasecmp(keys[row].name, item->key) != 0)
    row++;
  if (row == KEYS) {
    REFUSE(block, "the key \"%.*s\" is unknown; allowed are " ALL_KEYS,
           SHOWN_MAX, item->key);
    return;
  }
  const struct key *key = &keys[row];
  if (block->given & (1u << row)) {
    REFUSE(block, "%s is given twice; allowed is once", key->name);
    return;
  }
  block->given |= 1u << row;
  if (item->children_num != 0) {
    REFUSE(block, "%s is a block; allowed is %s", key->name, key->allowed);
    return;
  }
  if (item->values_num != 1) {
    REFUSE(block, "%s has %d values; allowed is one, %s", key->name,
           item->values_num, key->allowed);
    return;
  }
  const oconfig_value_t *value = &item->values[0];
  if (!(key->kinds & (1u << value->type)) || !key->set(block->meter, value))
    refuse_value(block, key, value);
}

/* What the block as a whole must fulfil. */
static void check_block(const struct p1_settings *settings,
                        struct block *block) {
  struct p1_settings_meter *meter = block->meter;
  if (!(block->given & 1u)) /* Device, the first row */
    REFUSE(block, "Device is missing; allowed is %s", P1_DEVICE_CHOICES);
  if (block->refused > 0)
    return;

  meter->port = p1_device_port(meter->device);
  if (meter->port == NULL) {
    REFUSE(block, "%s", "out of memory");
    return;
  }
  for (const struct p1_settings_meter *other = settings->meters; other != NULL;
       other = other->next)
    if (strcmp(meter->name, other->name) == 0) {
      REFUSE(block,
             "its name, with Device \"%s\", is that of Meter \"%s\" with "
             "Device \"%s\" further up; each needs a name of its own",
             meter->device, other->name, other->device);
      return;
    } else if (p1_device_same(meter->port, other->port)) {
      REFUSE(block,
             "Device \"%s\" is the same port as Device \"%s\" of Meter "
             "\"%s\"; each port takes one Meter block",
             meter->device, other->device, other->name);
      return;
    }

  meter->speed_fixed = meter->serial.speed != SPEED_AUTO;
  meter->framing_fixed = meter->serial.framing != FRAMING_AUTO;
  if (meter->serial.speed == SPEED_AUTO)
    meter->serial.speed = P1_SERIAL_SPEED;
  if (meter->serial.framing == FRAMING_AUTO)
    meter->serial.framing =
        meter->serial.speed == OLD_SPEED ? P1_FRAMING_7E1 : P1_FRAMING_8N1;
  meter->serial.device = meter->device;
}

/* Reads the block's name, for the messages too; false when it is refused. */
static bool read_name(struct block *block, const oconfig_item_t *item,
                      size_t number) {
  snprintf(block->label, sizeof(block->label), "Meter block %zu", number);
  static const char allowed[] =
      "one name in quotes, like <Meter \"home\">, of letters, digits, - and "
      "_, at most 63 of them";
  if (item->values_num != 1) {
    REFUSE(block, "it has %d names; allowed is %s", item->values_num, allowed);
    return false;
  }
  char shown[SHOWN_MAX];
  show(shown, &item->values[0]);
  const char *name = item->values[0].type == OCONFIG_TYPE_STRING
                         ? item->values[0].value.string
                         : "";
  size_t length = strlen(name);
  if (length == 0 || length > NAME_MAX_LENGTH || !is_word(name, "-_") ||
      !set_text(&block->meter->name, name)) {
    REFUSE(block, "the name %s is not allowed; allowed is %s", shown, allowed);
    return false;
  }
  snprintf(block->label, sizeof(block->label), "Meter %s", shown);
  return true;
}

static void free_meter(struct p1_settings_meter *meter) {
  if (meter == NULL)
    return;
  free(meter->name);
  free(meter->host);
  free(meter->device);
  free(meter->port);
  free(meter);
}

static struct p1_settings_meter *new_meter(void) {
  struct p1_settings_meter *meter = calloc(1, sizeof(*meter));
  if (meter == NULL)
    return NULL;
  meter->serial = (struct p1_serial_options){
      .speed = SPEED_AUTO,
      .framing = FRAMING_AUTO,
      .flowcontrol = P1_FLOWCONTROL_NONE,
      .rts = true,
      .dtr = true,
  };
  meter->meter = (struct p1_meter_options){
      .interval_ms = (int64_t)CDTIME_T_TO_MS(plugin_get_interval()),
      .mbus_timeout_s = MBUS_TIMEOUT_DEFAULT_H * 3600,
  };
  /* collectd may be set to less than a second, which no meter keeps up with. */
  if (meter->meter.interval_ms < INTERVAL_MIN_S * 1000)
    meter->meter.interval_ms = INTERVAL_MIN_S * 1000;
  return meter;
}

/* Returns the number of complaints. */
static size_t read_meter(struct p1_settings *settings,
                         const oconfig_item_t *item, size_t number) {
  struct block block = {.meter = new_meter()};
  if (block.meter == NULL) {
    ERROR("p1 plugin: out of memory for Meter block %zu.", number);
    return 1;
  }
  if (read_name(&block, item, number)) {
    for (int i = 0; i < item->children_num; i++)
      read_key(&block, &item->children[i]);
    check_block(settings, &block);
  }
  if (block.refused > 0) {
    free_meter(block.meter);
    return block.refused;
  }
  struct p1_settings_meter **end = &settings->meters;
  while (*end != NULL)
    end = &(*end)->next;
  *end = block.meter;
  return 0;
}

size_t p1_settings_read(struct p1_settings *settings,
                        const oconfig_item_t *plugin) {
  size_t refused = 0;
  size_t number = 0;
  for (int i = 0; i < plugin->children_num; i++) {
    const oconfig_item_t *item = &plugin->children[i];
    if (strcasecmp(item->key, "Meter") == 0) {
      refused += read_meter(settings, item, ++number);
      continue;
    }
    ERROR("p1 plugin: <Plugin p1>: the key \"%.*s\" is unknown; allowed are "
          "<Meter \"name\"> blocks, and keys inside them. It is ignored.",
          SHOWN_MAX, item->key);
    refused++;
  }
  return refused;
}

void p1_settings_free(struct p1_settings *settings) {
  while (settings->meters != NULL) {
    struct p1_settings_meter *next = settings->meters->next;
    free_meter(settings->meters);
    settings->meters = next;
  }
}
