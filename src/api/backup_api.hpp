// POST /api/backup: the store copies the journal, between commits, into a file in DATA_DIR, where
// `kiosk-gateway backup` picks it up. Never anywhere else: an admin key must not allow writing to arbitrary
// paths. Loop thread only.
#pragma once

#include <cstdint>
#include <filesystem>

#include "log/log.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"

namespace kgw {

class BackupApi {
 public:
  BackupApi(std::filesystem::path data_dir, HttpServer& server, Store& store, Log& log)
      : data_dir_(std::move(data_dir)), server_(server), store_(store), log_(log) {}
  void make(HttpCallId call);

 private:
  const std::filesystem::path data_dir_;
  HttpServer& server_;
  Store& store_;
  Log& log_;
  std::uint64_t made_ = 0;
};

}  // namespace kgw
