// RegistryOnDisk: how the simulated store writes changes for one part of the gateway: after a while, on another
// thread of this life; what is on its way when the life ends, or when the store can't be reached, may be
// written or not.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "store/registry.hpp"
#include "time_line.hpp"

namespace kgw::sim {

class RegistryOnDisk : public Registry {
 public:
  struct Store {
    TimeLine& time;
    std::function<bool()> readable;
    std::function<void(std::function<void()>)> wake;  // runs it in a turn of the loop
  };
  RegistryOnDisk(std::uint64_t seed, Store store, Time slowest)
      : store_(std::move(store)), slowest_(slowest), random_(seed) {}

 protected:
  virtual void write(const std::vector<RegistryChange>& changes) = 0;
  void write_registry(std::vector<RegistryChange> changes, Written callback) override;
  void note_connection(ConnectionRecord) override {}

  void end_life(bool clean);
  std::uint64_t life() const { return life_; }
  void later(std::function<void()> what);  // on another thread of this life
  void say(std::function<void()> what);    // to the loop of this life
  bool readable() const { return store_.readable(); }
  SeededRandom& random() { return random_; }

 private:
  const Store store_;
  const Time slowest_;
  SeededRandom random_;
  std::uint64_t life_ = 0;
  std::map<std::uint64_t, std::vector<RegistryChange>> under_way_;
  std::uint64_t last_write_ = 0;
};

}  // namespace kgw::sim
