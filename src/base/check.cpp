#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace kgw {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "{\"level\":\"fatal\",\"event\":\"check_failed\",\"condition\":\"%s\",\"at\":\"%s:%d\"}\n",
               condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace kgw
