#include "gateway/ground.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

#include "wire/base64.hpp"

namespace kgw {
namespace {

std::string node_name(const Config& config) {
  if (!config.node_id.empty()) return config.node_id;
  std::array<char, 65> host{};
  return gethostname(host.data(), host.size() - 1) == 0 ? std::string(host.data()) : std::string("gateway");
}

}  // namespace

Ground::Ground(const LoadedConfig& loaded, std::function<LoadedConfig()> read_again, const Clock& time)
    : config(loaded.config),
      node(node_name(config)),
      clock(time),
      kiosk_series(config.metrics_per_kiosk),
      log(clock, Log::Settings{config.log_level, isatty(STDOUT_FILENO) == 1, STDOUT_FILENO}),
      loop(clock),
      reload(loaded.values, std::move(read_again), loop, log) {}

std::string Ground::nonce() {
  std::array<std::uint8_t, 9> bytes{};
  random.fill(bytes);
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace kgw
