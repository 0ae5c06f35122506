// POST /api/backup: the store copies the journal, between commits, into a file in DATA_DIR, where
// `kiosk-gateway backup` picks it up. Never anywhere else: an admin key must not allow writing to arbitrary
// paths. Loop thread only.
#pragma once

#include <cstdint>
#include <filesystem>

#include "log/log.hpp"
#include "net/http_server.hpp"
#include "store/history.hpp"

namespace kgw {

class BackupApi {
 public:
  BackupApi(std::filesystem::path data_dir, HttpServer& server, History& history, Log& log)
      : data_dir_(std::move(data_dir)), server_(server), history_(history), log_(log) {}
  // Answers with the file's name in DATA_DIR and its size once the copy is complete.
  void make(HttpCallId call);

 private:
  const std::filesystem::path data_dir_;
  HttpServer& server_;
  History& history_;
  Log& log_;
  std::uint64_t made_ = 0;
};

}  // namespace kgw
