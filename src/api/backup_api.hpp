// POST /api/backup: a copy of the journal, made by the store between commits, into a file in DATA_DIR, from
// where `kiosk-gateway backup` takes it. Never anywhere else: whoever holds an admin key may not write where
// they like on this machine. Loop thread only.
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
