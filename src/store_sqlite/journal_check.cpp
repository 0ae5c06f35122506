#include "store_sqlite/journal_check.hpp"

#include <sys/resource.h>

#include <utility>
#include <vector>

#include "store_sqlite/journal_schema.hpp"

namespace kgw {

JournalCheck::JournalCheck(std::filesystem::path file, std::string vfs, std::shared_ptr<JournalPlace> place)
    : file_(std::move(file)), vfs_(std::move(vfs)), place_(std::move(place)), thread_([this] { run(); }) {}

void JournalCheck::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (open_ != nullptr) open_->interrupt();
  }
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

bool JournalCheck::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// What can't be looked at (it was stopped, a disk that fails) is not damage; the writer meets it soon enough.
void JournalCheck::run() {
  (void)::setpriority(PRIO_PROCESS, 0, 15);  // this thread's alone, on Linux
  const auto damage = find_damage();
  if (damage && !damage->empty() && !is_stopping()) place_->condemn(*damage);
}

Result<std::string> JournalCheck::find_damage() {
  auto db = open_journal(file_, vfs_);
  if (!db) return db.error();
  {
    const std::lock_guard lock(mutex_);
    open_ = &*db;
  }
  struct Closing {
    JournalCheck& check;
    ~Closing() {
      const std::lock_guard lock(check.mutex_);
      check.open_ = nullptr;
    }
  } const closing{*this};
  std::vector<std::string> tables;
  {
    auto names = db->prepare("SELECT name FROM sqlite_master WHERE type = 'table'");
    if (!names) return names.error();
    for (;;) {
      const auto row = names->next();
      if (!row) return row.error();
      if (!*row) break;
      tables.emplace_back(names->text(0));
    }
  }
  for (const std::string& table : tables) {
    if (is_stopping()) return std::string();
    auto damage = db->find_damage_in(table);
    if (!damage || !damage->empty()) return damage;
  }
  return std::string();
}

}  // namespace kgw
