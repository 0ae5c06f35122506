#include "fault_vfs.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace kgw::testing {
namespace {

// A test that waits longer for a sync has failed.
constexpr std::chrono::seconds kPatience(20);

// In front of the real file's memory, in the block that SQLite allocates.
struct VfsFile {
  sqlite3_file base;
  const std::string* path;  // null: a file that is not watched
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_vfs* real_vfs() { return sqlite3_vfs_find("unix-excl"); }
VfsFile* cast(sqlite3_file* file) { return reinterpret_cast<VfsFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return cast(file)->real(); }

int io_close(sqlite3_file* file) {
  delete cast(file)->path;
  return real(file)->pMethods->xClose(real(file));
}
int io_read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  FaultVfs::instance().count_read();
  return real(f)->pMethods->xRead(real(f), to, size, at);
}
int io_write(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
  if (cast(f)->path) {
    const int code = FaultVfs::instance().write(*cast(f)->path, at, static_cast<const char*>(data),
                                                static_cast<std::size_t>(size));
    if (code != SQLITE_OK) return code;
  }
  return real(f)->pMethods->xWrite(real(f), data, size, at);
}
int io_truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (cast(f)->path)
    if (const int code = FaultVfs::instance().truncate(*cast(f)->path, size); code != SQLITE_OK) return code;
  return real(f)->pMethods->xTruncate(real(f), size);
}
// The real sync is left out: a test's power cut is this VFS's, and the tests shall be quick.
int io_sync(sqlite3_file* f, int) {
  if (!cast(f)->path) return SQLITE_OK;
  const int code = FaultVfs::instance().before_sync();
  FaultVfs::instance().synced(*cast(f)->path, code == SQLITE_OK);
  return code;
}
int io_size(sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); }
int io_lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int io_unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int io_reserved(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
int io_control(sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
int io_sector(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
// Not "powersafe overwrite" nor any other promise.
int io_traits(sqlite3_file*) { return 0; }
int io_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int io_shm_lock(sqlite3_file* f, int at, int n, int flags) {
  return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}
void io_shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
int io_shm_unmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }
int io_fetch(sqlite3_file* f, sqlite3_int64 at, int size, void** out) {
  return real(f)->pMethods->xFetch(real(f), at, size, out);
}
int io_unfetch(sqlite3_file* f, sqlite3_int64 at, void* page) {
  return real(f)->pMethods->xUnfetch(real(f), at, page);
}

constexpr sqlite3_io_methods kMethods = {
    3,           io_close,       io_read,      io_write,   io_truncate, io_sync,   io_size,
    io_lock,     io_unlock,      io_reserved,  io_control, io_sector,   io_traits, io_shm_map,
    io_shm_lock, io_shm_barrier, io_shm_unmap, io_fetch,   io_unfetch};

int vfs_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  VfsFile* const f = cast(file);
  f->base.pMethods = nullptr;
  f->path = nullptr;
  const int code = real_vfs()->xOpen(real_vfs(), name, f->real(), flags, out_flags);
  if (code != SQLITE_OK) return code;
  f->base.pMethods = &kMethods;
  if (name != nullptr && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
    f->path = new std::string(name);
    FaultVfs::instance().opened(*f->path);
  }
  return SQLITE_OK;
}
int vfs_delete(sqlite3_vfs*, const char* name, int) {
  FaultVfs::instance().removed(name);
  return real_vfs()->xDelete(real_vfs(), name, 0);
}

sqlite3_vfs make_vfs() {
  sqlite3_vfs vfs = *real_vfs();
  vfs.szOsFile = static_cast<int>(sizeof(VfsFile)) + real_vfs()->szOsFile;
  vfs.zName = FaultVfs::kName;
  vfs.pNext = nullptr;
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  return vfs;
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

FaultVfs::FaultVfs() {
  sqlite3_initialize();
  static sqlite3_vfs vfs = make_vfs();
  sqlite3_vfs_register(&vfs, 0);
}

FaultVfs& FaultVfs::instance() {
  static FaultVfs one;
  return one;
}

void FaultVfs::fail_writes(int code) {
  const std::lock_guard lock(mutex_);
  write_code_ = code;
}

void FaultVfs::fail_syncs(int code) {
  const std::lock_guard lock(mutex_);
  sync_code_ = code;
  sync_heals_ = false;
}

void FaultVfs::fail_one_sync(int code) {
  const std::lock_guard lock(mutex_);
  sync_code_ = code;
  sync_heals_ = true;
}

void FaultVfs::hold_syncs() {
  const std::lock_guard lock(mutex_);
  hold_ = true;
}

void FaultVfs::wait_for_held_sync() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [this] { return held_ > 0; })) std::abort();
}

void FaultVfs::release_syncs() {
  const std::lock_guard lock(mutex_);
  hold_ = false;
  changed_.notify_all();
}

std::uint64_t FaultVfs::syncs() {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

void FaultVfs::wait_for_syncs(std::uint64_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return syncs_ >= count; })) std::abort();
}

void FaultVfs::wait_for_failed_syncs(std::uint64_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return failed_syncs_ >= count; })) std::abort();
}

void FaultVfs::reset() {
  const std::lock_guard lock(mutex_);
  files_.clear();
  write_code_ = sync_code_ = 0;
  sync_heals_ = false;
  failed_syncs_ = 0;
  hold_ = false;
  changed_.notify_all();
}

void FaultVfs::opened(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!files_.contains(path)) files_[path].durable = content_of(path);
}

int FaultVfs::write(const std::string& path, std::int64_t offset, const char* data, std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (write_code_ != SQLITE_OK) return write_code_;
  files_[path].pending.push_back({static_cast<std::size_t>(offset), std::string(data, size), false});
  return SQLITE_OK;
}

int FaultVfs::truncate(const std::string& path, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  if (write_code_ != SQLITE_OK) return write_code_;
  files_[path].pending.push_back({static_cast<std::size_t>(size), {}, true});
  return SQLITE_OK;
}

int FaultVfs::before_sync() {
  std::unique_lock lock(mutex_);
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !hold_; });
  --held_;
  const int code = sync_code_;
  if (sync_heals_) sync_code_ = 0;
  return code;
}

void FaultVfs::synced(const std::string& path, bool ok) {
  const std::lock_guard lock(mutex_);
  File& file = files_[path];
  if (ok) {
    ++syncs_;
    for (const Change& change : file.pending) apply(file.durable, change, change.data.size());
  } else {
    ++failed_syncs_;
  }
  changed_.notify_all();
  file.pending.clear();
}

void FaultVfs::removed(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
}

void FaultVfs::apply(std::string& content, const Change& change, std::size_t size) {
  if (change.truncate) {
    content.resize(change.offset);
    return;
  }
  if (content.size() < change.offset + size) content.resize(change.offset + size);
  content.replace(change.offset, size, change.data, 0, size);
}

void FaultVfs::crash_image(const std::filesystem::path& from, const std::filesystem::path& to, double luck,
                           SeededRandom& random) {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, file] : files_) {
    const std::filesystem::path name(path);
    if (name.parent_path() != from) continue;
    std::string content = file.durable;
    for (const Change& change : file.pending) {
      if (!random.chance(luck)) continue;
      const std::size_t torn = static_cast<std::size_t>(random.below(change.data.size() / 512 + 1)) * 512;
      apply(content, change, random.chance(0.8) ? change.data.size() : torn);
    }
    std::ofstream(to / name.filename(), std::ios::binary) << content;
  }
}

}  // namespace kgw::testing
