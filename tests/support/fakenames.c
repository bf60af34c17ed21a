#define _GNU_SOURCE /* RTLD_NEXT */

#include "fakenames.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

atomic_int fake_names_asked, fake_names_handed, fake_names_freed;

static sem_t answers;
static atomic_bool ready;

/* What is ours has this for a canonical name. */
static char ours[] = "ours";

void fake_names_reset(void) {
  if (atomic_exchange(&ready, true))
    sem_destroy(&answers);
  sem_init(&answers, 0, 0);
  fake_names_asked = fake_names_handed = fake_names_freed = 0;
}

void fake_names_answer(void) { sem_post(&answers); }

static struct addrinfo *make(const char *digits, const char *port,
                             struct addrinfo *next) {
  struct {
    struct addrinfo info;
    struct sockaddr_in address;
  } *both = calloc(1, sizeof(*both));
  if (both == NULL)
    abort();
  both->address.sin_family = AF_INET;
  both->address.sin_port = htons((uint16_t)strtol(port, NULL, 10));
  inet_pton(AF_INET, digits, &both->address.sin_addr);
  both->info = (struct addrinfo){.ai_family = AF_INET,
                                 .ai_socktype = SOCK_STREAM,
                                 .ai_protocol = IPPROTO_TCP,
                                 .ai_addrlen = sizeof(both->address),
                                 .ai_addr = (struct sockaddr *)&both->address,
                                 .ai_canonname = ours,
                                 .ai_next = next};
  return &both->info;
}

int getaddrinfo(const char *host, const char *port,
                const struct addrinfo *hints, struct addrinfo **found) {
  if (hints->ai_flags & AI_NUMERICHOST) {
    int (*real)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(host, port, hints, found);
  }
  fake_names_asked++;
  if (strcmp(host, "again") == 0)
    return EAI_AGAIN;
  if (strcmp(host, "fails") == 0)
    return EAI_FAIL;
  if (strcmp(host, "two") == 0) {
    *found = make("127.0.0.2", port, make("127.0.0.1", port, NULL));
  } else if (strcmp(host, "hangs") == 0) {
    while (sem_wait(&answers) != 0)
      continue;
    *found = make("127.0.0.1", port, NULL);
  } else {
    return EAI_NONAME;
  }
  fake_names_handed++;
  return 0;
}

void freeaddrinfo(struct addrinfo *list) {
  if (list->ai_canonname != ours) {
    void (*real)(struct addrinfo *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "freeaddrinfo");
    real(list);
    return;
  }
  while (list != NULL) {
    struct addrinfo *next = list->ai_next;
    free(list);
    list = next;
  }
  fake_names_freed++;
}
