// JournalCheck: checks a journal that is too large to be checked before the start, on its own low-priority
// thread, one table at a time, so that the log can be emptied in between. Damage that it finds stops the
// store through the JournalPlace. Thread: loop, except stop().
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "sqlite/database.hpp"
#include "store_sqlite/journal_place.hpp"

namespace kgw {

class JournalCheck {
 public:
  JournalCheck(std::filesystem::path file, std::string vfs, std::shared_ptr<JournalPlace> place);
  ~JournalCheck() { stop(); }
  // Thread: any. Aborts the check and closes its connection.
  void stop();

 private:
  void run();
  Result<std::string> find_damage();
  bool is_stopping();

  const std::filesystem::path file_;
  const std::string vfs_;
  const std::shared_ptr<JournalPlace> place_;
  std::mutex mutex_;
  sqlite::Database* open_ = nullptr;  // guarded
  bool stopping_ = false;             // guarded
  std::mutex joining_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace kgw
