// JournalCheck: looks through a journal that is too large to be looked through before the start, on a thread
// of its own that yields to all others, a table at a time, so that the log can be emptied in between. What it
// finds ends the store's work through the JournalPlace. Loop's thread, but for stop().
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
  // Any thread: ends it where it is, and closes its connection.
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
