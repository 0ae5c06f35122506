#include "agent/simulate/device_journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::size_t kLinesMax = 100'000;

std::string line_of(std::string_view operation, std::string_view order_id, std::string_view answer) {
  std::string line = "{\"operation\":";
  append_json_string(line, operation);
  line += ",\"order_id\":";
  append_json_string(line, order_id);
  line += ",\"answer\":";
  line += answer;
  line += '}';
  return line;
}

Fault trouble(const std::string& what) {
  return Fault{ErrorCode::invalid_argument, "The devices' journal " + what};
}

}  // namespace

Result<DeviceJournal> DeviceJournal::open(const std::filesystem::path& file) {
  DeviceJournal journal;
  std::ifstream in(file, std::ios::binary);
  for (std::string line; std::getline(in, line) && journal.lines_.size() < kLinesMax;) {
    std::array<JsonMember, 3> members{};
    members[0].name = "operation", members[1].name = "order_id", members[2].name = "answer";
    // The last line may have been cut off: its device had not answered yet.
    if (!json_scan(line, members).is_object || members[0].kind != JsonKind::string ||
        members[1].kind != JsonKind::string || members[2].kind != JsonKind::object)
      continue;
    const std::string answer(members[2].value);
    const std::string operation = json_unescape(members[0].value);
    const std::string order_id = json_unescape(members[1].value);
    journal.remember(operation, order_id, answer, line);
  }
  journal.fd_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (journal.fd_ < 0)
    return trouble(file.string() + " can't be written: " + std::generic_category().message(errno));
  return journal;
}

DeviceJournal::DeviceJournal(DeviceJournal&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), lines_(std::move(other.lines_)), answers_(std::move(other.answers_)) {}

DeviceJournal::~DeviceJournal() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> DeviceJournal::add(std::string_view operation, std::string_view order_id,
                                std::string_view answer) {
  if (lines_.size() >= kLinesMax) return trouble("is full: start with another file");
  std::string line = line_of(operation, order_id, answer);
  if (fd_ >= 0) {
    // In front: what a crash cut off must not spoil this one.
    const std::string bytes = "\n" + line + "\n";
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written != static_cast<ssize_t>(bytes.size()) || ::fdatasync(fd_) != 0)
      return trouble("can't be written: " + std::generic_category().message(errno));
  }
  remember(operation, order_id, answer, std::move(line));
  return {};
}

void DeviceJournal::remember(std::string_view operation, std::string_view order_id, std::string_view answer,
                             std::string line) {
  lines_.push_back(std::move(line));
  if (!order_id.empty()) answers_.insert_or_assign({std::string(operation), std::string(order_id)}, answer);
}

const std::string* DeviceJournal::find(std::string_view operation, std::string_view order_id) const {
  const auto found = answers_.find({std::string(operation), std::string(order_id)});
  return found == answers_.end() ? nullptr : &found->second;
}

std::string DeviceJournal::last(std::size_t count) const {
  std::string array = "[";
  for (std::size_t i = lines_.size() - std::min(count, lines_.size()); i < lines_.size(); ++i) {
    if (array.size() > 1) array += ',';
    array += lines_[i];
  }
  return array + "]";
}

}  // namespace kgw
