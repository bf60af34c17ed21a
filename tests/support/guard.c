/*
 * guard.c - bytes beside a page that nobody may touch.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "torture.h"

#include "guard.h"

#ifdef _WIN32
#include <windows.h>

static size_t page_size(void) {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwPageSize;
}

static void *map_pages(size_t size) {
  return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

static int forbid(void *page, size_t size) {
  DWORD before = 0;
  return VirtualProtect(page, size, PAGE_NOACCESS, &before) ? 0 : -1;
}

static void unmap_pages(void *map, size_t size) {
  (void)size;
  VirtualFree(map, 0, MEM_RELEASE);
}

#else
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static void *map_pages(size_t size) {
  void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return map != MAP_FAILED ? map : NULL;
}

static int forbid(void *page, size_t size) {
  return mprotect(page, size, PROT_NONE);
}

static void unmap_pages(void *map, size_t size) { munmap(map, size); }
#endif

void guard_init(struct guard *guard, size_t max) {
  size_t page = page_size();
  guard->_size = (max + page - 1) / page * page;
  guard->_map_size = guard->_size + 2 * page;
  guard->_map = map_pages(guard->_map_size);
  assert_non_null(guard->_map);
  guard->_bytes = (char *)guard->_map + page;
  assert_int_equal(forbid(guard->_map, page), 0);
  assert_int_equal(forbid(guard->_bytes + guard->_size, page), 0);
}

char *guard_at_end(struct guard *guard, const void *bytes, size_t n) {
  assert_true(n <= guard->_size);
  char *copy = guard->_bytes + guard->_size - n;
  if (n > 0)
    memcpy(copy, bytes, n);
  return copy;
}

char *guard_at_start(struct guard *guard, const void *bytes, size_t n) {
  assert_true(n <= guard->_size);
  if (n > 0)
    memcpy(guard->_bytes, bytes, n);
  return guard->_bytes;
}

void guard_free(struct guard *guard) {
  unmap_pages(guard->_map, guard->_map_size);
  guard->_map = NULL;
}
