// KioskSearch: a page of the kiosks whose id or name contains a text, online ones first, then by id. Looks at
// some kiosks each time, and keeps no more of them than the page may need. Loop thread only.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/kiosk.hpp"
#include "core/walk.hpp"

namespace kgw {

class KioskSearch {
 public:
  // Looking for a text costs more than looking at a kiosk.
  static constexpr std::size_t kStep = Walk::kStep / 4;

  // `text`: ignoring ASCII case. The page has the kiosks from `skip` on (counted from 0), at most `count`.
  KioskSearch(std::string text, std::size_t skip, std::size_t count)
      : text_(std::move(text)), skip_(skip), end_(skip + count) {}

  // Looks at the next kStep kiosks. Returns true once it has seen all.
  bool step(const KioskRegistry& kiosks);

  // --- once step() has returned true
  std::size_t matching() const { return online_ + offline_; }
  std::size_t online() const { return online_; }
  std::vector<KioskRef> page() const;

 private:
  void see(const KioskRef& kiosk);

  const std::string text_;
  const std::size_t skip_;
  const std::size_t end_;
  Walk walk_;
  std::size_t online_ = 0;
  std::size_t offline_ = 0;
  std::vector<KioskRef> online_page_;    // of those online, from skip_ to end_
  std::vector<KioskRef> offline_first_;  // of the others the first, as many as the page could need
};

}  // namespace kgw
