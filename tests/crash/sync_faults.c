/* An LD_PRELOAD library that makes the disk slow or broken, as far as fsync(2) and fdatasync(2) go.
 *   SLOW_SYNC_MS=200        each of them takes at least so long
 *   FAIL_SYNC_FLAG=/a/file  each of them fails with EIO while that file exists (after the delay)
 * It keeps nothing and allocates nothing, so it may be loaded into any process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int faulty_sync(int fd, const char* name) {
  const char* const delay = getenv("SLOW_SYNC_MS");
  const char* const flag = getenv("FAIL_SYNC_FLAG");
  const long ms = delay ? strtol(delay, NULL, 10) : 0;
  if (ms > 0) {
    struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
  }
  if (flag && *flag && access(flag, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  int (*real)(int) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, name);
  return real(fd);
}

int fsync(int fd) { return faulty_sync(fd, "fsync"); }
int fdatasync(int fd) { return faulty_sync(fd, "fdatasync"); }
