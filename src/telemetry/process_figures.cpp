#include "telemetry/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace kgw {
namespace {

std::string read_whole(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double boot_time() {
  const std::string stat = read_whole("/proc/stat");
  const std::size_t at = stat.find("\nbtime ");
  return at == stat.npos ? 0 : std::strtod(stat.c_str() + at + 7, nullptr);
}

}  // namespace

ProcessFigures read_process_figures() {
  ProcessFigures figures;
  const std::string stat = read_whole("/proc/self/stat");
  const std::size_t name_ends = stat.rfind(')');  // the name may hold anything
  if (name_ends != stat.npos) {
    std::istringstream rest(stat.substr(name_ends + 1));
    // proc(5): the fields from the third on
    const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    constexpr std::size_t kUser = 11, kSystem = 12, kThreads = 17, kStart = 19, kVirtual = 20, kResident = 21;
    if (fields.size() > kResident) {
      const auto number = [&](std::size_t i) { return std::strtoull(fields[i].c_str(), nullptr, 10); };
      const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
      figures.cpu_seconds = static_cast<double>(number(kUser) + number(kSystem)) / ticks;
      static const double booted = boot_time();
      figures.start_time_seconds = booted + static_cast<double>(number(kStart)) / ticks;
      figures.threads = number(kThreads);
      figures.virtual_bytes = number(kVirtual);
      figures.resident_bytes = number(kResident) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
  }
  std::error_code ignored;
  for (std::filesystem::directory_iterator fd("/proc/self/fd", ignored), end; fd != end; fd.increment(ignored))
    ++figures.open_fds;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_fds = limit.rlim_cur;
  return figures;
}

}  // namespace kgw
