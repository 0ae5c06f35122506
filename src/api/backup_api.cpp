#include "api/backup_api.hpp"

#include <unistd.h>

#include <utility>

#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "store/data_dir.hpp"

namespace kgw {

void BackupApi::make(HttpCallId call) {
  const std::string name = DataDir::kCopy + std::to_string(::getpid()) + std::to_string(++made_);
  history_.back_up(data_dir_ / name, [this, name, call](const Result<void>& done) {
    if (!done) return respond_fault(server_, call, done.error());
    std::error_code ignored;
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(data_dir_ / name, ignored));
    log_.write(LogLevel::info, "journal_copied", {{"file", name}, {"bytes", bytes}});
    respond_json(server_, call, 200, JsonObject().text("file", name).number("bytes", bytes).take(), kNoStore);
  });
}

}  // namespace kgw
