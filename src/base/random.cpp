#include "base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"

namespace kgw {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (used_ == sizeof buffer_) {
      ssize_t got = 0;
      do got = getrandom(buffer_, sizeof buffer_, 0);
      while (got < 0 && errno == EINTR);
      KGW_CHECK(got == static_cast<ssize_t>(sizeof buffer_));
      used_ = 0;
    }
    const std::size_t n = std::min(out.size(), sizeof buffer_ - used_);
    std::memcpy(out.data(), buffer_ + used_, n);
    std::memset(buffer_ + used_, 0, n);  // bytes that were handed out must not linger
    used_ += n;
    out = out.subspan(n);
  }
}

std::uint64_t SeededRandom::next64() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const std::uint64_t value = next64();
    const std::size_t n = std::min(out.size(), sizeof value);
    std::memcpy(out.data(), &value, n);
    out = out.subspan(n);
  }
}

}  // namespace kgw
