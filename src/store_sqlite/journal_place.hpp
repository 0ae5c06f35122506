// JournalPlace: which files the journal was opened from, and whether those are still the ones that its path
// names. A directory that is removed, moved or unmounted leaves the open files working: everything would look
// well, and be gone with the next start. Asked by the writer's thread, but for
// what says otherwise.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace kgw {

// How far a journal has come: which opening made it what it is, and its tables' last rows.
struct JournalPosition {
  std::int64_t opened = 0;
  std::int64_t accepted = 0;
  std::int64_t answered = 0;
  std::int64_t ended = 0;

  // Whether this one may be `other` at a later time, or at the same.
  bool holds(const JournalPosition& other) const {
    return opened == other.opened && accepted >= other.accepted && answered >= other.answered &&
           ended >= other.ended;
  }
};

std::string damage_sentence(const std::filesystem::path& file, const std::string& damage);

class JournalPlace {
 public:
  // `hold_lock` takes the directory's lock anew if its file has gone; true: it had to.
  JournalPlace(std::filesystem::path file, std::function<Result<bool>()> hold_lock)
      : file_(std::move(file)), hold_lock_(std::move(hold_lock)) {}

  // The database and its log as they lie there now are the journal from here on.
  void settle();
  // A Fault: one of them has gone, or is another file; it says which, and what to do.
  Result<void> check();
  // What the journal had when check() failed, if that could still be read.
  void leave(std::optional<JournalPosition> position);
  // Any thread. A Fault: the database at the path is not the file that was settled on.
  Result<void> check_file() const;
  // Whether what lies at the path now, at `found`, may be gone on with: it is the same file, or a copy of it
  // that lacks nothing. A Fault says what to do.
  Result<void> accept(const JournalPosition& found) const;
  // Any thread: it is damaged, and nothing more is to be written to it.
  void condemn(const std::string& damage);
  // What happened that people should know; empty: nothing. Each once.
  std::string take_news() { return std::exchange(news_, {}); }

 private:
  struct Inode {
    dev_t device = 0;
    ino_t number = 0;
    bool operator==(const Inode&) const = default;
  };
  static std::optional<Inode> inode_of(const std::filesystem::path& file);
  std::filesystem::path log() const { return file_.string() + "-wal"; }

  const std::filesystem::path file_;
  const std::function<Result<bool>()> hold_lock_;
  mutable std::mutex mutex_;
  std::optional<Inode> db_;                 // guarded
  std::optional<Inode> log_;                // guarded
  std::string damage_;                      // guarded: a sentence
  std::optional<JournalPosition> left_at_;  // the writer's, as all below
  std::string news_;
};

}  // namespace kgw
