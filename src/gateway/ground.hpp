// Ground: what all other parts stand on, with or without a store: settings, time, randomness, log, metrics and
// the loop. Destroyed last: threads of the other parts may wake the loop until they have ended. Loop thread
// only.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "log/log.hpp"
#include "net/loop.hpp"
#include "settings/config.hpp"
#include "settings/reload.hpp"
#include "telemetry/kiosk_series.hpp"
#include "telemetry/metrics.hpp"

namespace kgw {

struct Ground {
  Ground(const LoadedConfig& loaded, std::function<LoadedConfig()> read_again, const Clock& time);

  bool in_redis() const { return !config.redis_url.empty(); }
  // A new random text, which cannot be guessed: it distinguishes two runs of one node.
  std::string nonce();

  const Config config;
  const std::string node;
  const Clock& clock;
  SystemRandom random;
  Metrics metrics;
  KioskSeries kiosk_series;
  Log log;
  Loop loop;
  Reload reload;
};

}  // namespace kgw
