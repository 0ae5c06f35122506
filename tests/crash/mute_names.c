/* An LD_PRELOAD library that makes DNS mute: getaddrinfo(3) of a name below "mute.test" takes ten minutes, and then
 * fails.
 *   MUTE_NAMES_SEEN=/a/directory  an empty file there, under the name, says that it was asked for
 * It keeps nothing and allocates nothing, so it may be loaded into any process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** result) {
  static const char mute[] = ".mute.test";
  const size_t length = node ? strlen(node) : 0;
  if (length < sizeof mute || strcmp(node + length - (sizeof mute - 1), mute) != 0) {
    int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) = NULL;
    *(void**)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, result);
  }
  const char* const seen = getenv("MUTE_NAMES_SEEN");
  char path[4096];
  if (seen && snprintf(path, sizeof path, "%s/%s", seen, node) < (int)sizeof path) {
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
  }
  struct timespec left = {600, 0};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
  return EAI_AGAIN;
}
