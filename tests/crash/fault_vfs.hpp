// A SQLite VFS over the usual one that can fail or hold writes and syncs, and that knows what a power cut would
// leave: only what was synced, and of the rest any part. What a failed sync was to make durable is taken as
// lost for good, as Linux does: the cache still shows it, and no later sync brings it to the disk. Registered
// as "fault"; one for the process, thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace kgw::testing {

class FaultVfs {
 public:
  static constexpr const char* kName = "fault";
  static FaultVfs& instance();

  // SQLite result codes for every write (sync) of a database or its log; 0: works again.
  void fail_writes(int code);
  void fail_syncs(int code);
  void fail_one_sync(int code);
  // Holds every sync until release_syncs(). wait_for_held_sync() returns when one is held.
  void hold_syncs();
  void wait_for_held_sync();
  void release_syncs();
  std::uint64_t syncs();  // successful ones
  void wait_for_syncs(std::uint64_t count);
  void wait_for_failed_syncs(std::uint64_t count);  // since reset()
  void reset();                                     // no faults, nothing known of any file

  std::uint64_t reads() const { return reads_; }  // of any file

  // Writes into `to` the files of the directory `from` as a power cut right now might leave them; `luck` is how
  // likely a write that was not synced is there all the same.
  void crash_image(const std::filesystem::path& from, const std::filesystem::path& to, double luck,
                   SeededRandom& random);

  // For the VFS itself.
  void opened(const std::string& path);
  void count_read() { ++reads_; }
  int write(const std::string& path, std::int64_t offset, const char* data, std::size_t size);
  int truncate(const std::string& path, std::int64_t size);
  int before_sync();
  void synced(const std::string& path, bool ok);
  void removed(const std::string& path);

 private:
  FaultVfs();
  struct Change {
    std::size_t offset;
    std::string data;
    bool truncate;
  };
  struct File {
    std::string durable;
    std::vector<Change> pending;
  };
  static void apply(std::string& content, const Change& change, std::size_t size);

  std::atomic<std::uint64_t> reads_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, File> files_;
  int write_code_ = 0;
  int sync_code_ = 0;
  bool sync_heals_ = false;
  bool hold_ = false;
  int held_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t failed_syncs_ = 0;
};

}  // namespace kgw::testing
