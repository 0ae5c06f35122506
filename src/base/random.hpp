// Sources of randomness: the operating system in production, a seed in the simulator.
#pragma once

#include <cstdint>
#include <span>

namespace kgw {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
  std::uint64_t next() {
    std::uint64_t value = 0;
    fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
    return value;
  }
};

// getrandom(2), buffered: fit for keys and tokens. Not thread-safe: use one per thread.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint8_t buffer_[512];
  std::size_t used_ = sizeof buffer_;
};

// splitmix64: reproducible, so never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  std::uint64_t next64();
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next64() % bound; }
  bool chance(double p) { return static_cast<double>(next64() >> 11) * 0x1.0p-53 < p; }

 private:
  std::uint64_t state_;
};

}  // namespace kgw
