// The kernel's figures about this process (Linux, /proc/self). Reads files: not on the loop.
#pragma once

#include <cstdint>

namespace kgw {

struct ProcessFigures {
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // since 1970
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};
ProcessFigures read_process_figures();

}  // namespace kgw
