// Callbacks: what the CallbackSender has behind its interfaces, the store's rows of callbacks and the
// receivers, and statement 9: a callback that is owed comes at least once, or stands among the dead letters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "../unit/no_history.hpp"
#include "disk.hpp"
#include "log/log.hpp"
#include "plan.hpp"
#include "registry_on_disk.hpp"
#include "shell/unclaimed.hpp"
#include "webhooks/callback_sender.hpp"

namespace kgw::sim {

class Callbacks final : RegistryOnDisk, testing::NoHistory {
 public:
  struct Around {
    Store store;
    Disk& disk;
    Counters& count;
    std::function<void(const RequestId&, std::string)> line;  // of the trace
    std::function<void(const RequestId&)> read;               // a receiver has taken this answer
  };
  Callbacks(std::uint64_t seed, Around around)
      : RegistryOnDisk(seed, around.store, 40 * kMillisecond), around_(std::move(around)) {}

  // Whether one more request has a callback; its URL, or "".
  std::string url();
  // A life of the gateway begins; and ends, with what was not written yet.
  std::unique_ptr<CallbackSender> start(const TurnClock& clock, LogLines& log, Unclaimed& unclaimed);
  void crash();
  // Before it is written.
  void on_disk(const OnDisk* before, const Record& record);
  // A store that comes back has lost something: what is owed has to be told by what it has now.
  void on_lost(const std::set<RequestId>& gone);
  // Receivers work from now on.
  void heal() { healed_ = true; }
  bool owes() const;
  // Throws Violation.
  void at_the_end() const;

 private:
  struct Row {
    std::int64_t number = 0;
    Time since = 0;  // owed
    CallbackTries tries{};
  };
  struct Got {  // by its receiver
    int tries = 0;
    bool taken = false;    // answered 2xx
    bool refused = false;  // answered 410
  };
  bool stands(const CallbackId& id) const;  // on the disk, in a final record
  unsigned answer_to(const CallbackId& id);
  void receive(const CallbackId& id, bool answered, std::function<void(OutboundAnswer)> callback);

  void find_callbacks(CallbacksQuery query, FoundCallbacks callback) override;
  void find_exchange(RequestId id, FoundExchange callback) override;
  void write(const std::vector<RegistryChange>& changes) override;

  const Around around_;
  bool healed_ = false;
  std::int64_t last_number_ = 0;
  std::map<CallbackId, Row> rows_;
  std::set<CallbackId> ever_;  // were rows, though a Redis may have lost them
  std::map<CallbackId, Got> got_;
};

}  // namespace kgw::sim
