// JournalPlace: the files that the journal was opened from, and whether its path still names them. When a
// directory is removed, moved or unmounted, the open files keep working: all would seem well, and be lost
// with the next start. Used on the writer's thread unless marked otherwise.
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

// A journal's position: which opening it stems from, and its tables' last rows.
struct JournalPosition {
  std::int64_t opened = 0;
  std::int64_t accepted = 0;
  std::int64_t answered = 0;
  std::int64_t ended = 0;

  // Returns whether this one may be `other` at the same or a later time.
  bool holds(const JournalPosition& other) const {
    return opened == other.opened && accepted >= other.accepted && answered >= other.answered &&
           ended >= other.ended;
  }
};

std::string damage_sentence(const std::filesystem::path& file, const std::string& damage);

class JournalPlace {
 public:
  // `hold_lock` takes the directory's lock again if its file is gone; returns whether it had to.
  JournalPlace(std::filesystem::path file, std::function<Result<bool>()> hold_lock)
      : file_(std::move(file)), hold_lock_(std::move(hold_lock)) {}

  // From now on the database and the log at the path are the journal.
  void settle();
  // Returns a Fault if one of them is missing or is another file; it says which, and what to do.
  Result<void> check();
  // The journal's position when check() failed, if it could still be read.
  void leave(std::optional<JournalPosition> position);
  // Thread: any. Returns a Fault if the database at the path is not the file that was settled on.
  Result<void> check_file() const;
  // Checks whether the database now at the path, at position `found`, may be used: it must be the same file,
  // or a complete copy of it. A Fault says what to do.
  Result<void> accept(const JournalPosition& found) const;
  // Thread: any. It is damaged: nothing more may be written to it.
  void condemn(const std::string& damage);
  // Returns what people should know; empty if nothing has happened. Reported once.
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
  std::string damage_;                      // guarded; one sentence
  std::optional<JournalPosition> left_at_;  // used by the writer, like all below
  std::string news_;
};

}  // namespace kgw
