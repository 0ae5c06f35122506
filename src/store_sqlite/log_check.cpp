#include "store_sqlite/log_check.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <vector>

namespace kgw {
namespace {

// The file format's numbers (sqlite.org/fileformat2.html, 4).
constexpr std::uint32_t kMagic = 0x377f0682;  // plus 1: checksums are of big-endian words
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kPageMin = 512;
constexpr std::size_t kPageMax = 65536;
// A commit of more frames may have been written in part before its end, when the cache was full, and those are
// written anew (SQLite's walRewriteChecksums): a process that is killed meanwhile leaves some that do not fit.
constexpr std::uint64_t kWrittenOnceMax = 500;

using Bytes = const unsigned char*;

std::uint32_t big(Bytes at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}
std::uint32_t little(Bytes at) {
  return std::uint32_t{at[3]} << 24 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[1]} << 8 | at[0];
}

struct Sum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool operator==(const Sum&) const = default;

  // `size`: a multiple of 8.
  template <class Word>
  void add_words(Bytes at, std::size_t size, Word word) {
    for (const Bytes end = at + size; at != end; at += 8) {
      first += word(at) + second;
      second += word(at + 4) + first;
    }
  }
};

class Log {
 public:
  explicit Log(const std::filesystem::path& file) : in_(file, std::ios::binary) {}

  enum class Header : std::uint8_t { missing, damaged, whole };
  Header read_header() {
    std::array<char, kHeaderBytes> bytes{};
    if (!in_.read(bytes.data(), bytes.size())) return Header::missing;
    const auto* const at = reinterpret_cast<Bytes>(bytes.data());
    big_words_ = (big(at) & 1) != 0;
    page_ = big(at + 8);
    salts_ = {big(at + 16), big(at + 20)};
    add(at, kFrameHeaderBytes);
    const bool known = (big(at) & ~1U) == kMagic && page_ >= kPageMin && page_ <= kPageMax &&
                       (page_ & (page_ - 1)) == 0 && sum_ == Sum{big(at + 24), big(at + 28)};
    return known ? Header::whole : Header::damaged;
  }

  // Reads the next frame; false: there is no whole one.
  bool next() {
    previous_.swap(frame_);
    frame_.resize(kFrameHeaderBytes + page_);
    return static_cast<bool>(in_.read(frame_.data(), static_cast<std::streamsize>(frame_.size())));
  }
  // Whether the frame follows those before it, all of which did.
  bool fits() {
    if (!is_ours() || big(at()) == 0) return false;
    add(at(), 8);
    add(at() + kFrameHeaderBytes, page_);
    return sum_ == Sum{big(at() + 16), big(at() + 20)};
  }
  bool is_ours() const { return salts_ == std::array{big(at() + 8), big(at() + 12)}; }
  bool is_commit() const { return big(at() + 4) != 0; }
  // On a disk that may tear what stands beside a write, SQLite repeats a commit's last frame up to a sector's
  // end (walformat: "padding"), and syncs only as far as that: the repetition's end becomes durable with the
  // next commit, so that a power cut may tear it, too.
  bool repeats_the_last() const {
    return may_repeat_the_last() &&
           previous_.compare(kFrameHeaderBytes, page_, frame_, kFrameHeaderBytes, page_) == 0;
  }
  // As far as its header says.
  bool may_repeat_the_last() const {
    return is_commit() && previous_.size() == frame_.size() && previous_.compare(0, 16, frame_, 0, 16) == 0;
  }

 private:
  Bytes at() const { return reinterpret_cast<Bytes>(frame_.data()); }
  void add(Bytes at, std::size_t size) {
    if (big_words_) sum_.add_words(at, size, big);
    else sum_.add_words(at, size, little);
  }

  std::ifstream in_;
  bool big_words_ = false;
  std::size_t page_ = 0;
  std::array<std::uint32_t, 2> salts_{};
  Sum sum_;
  std::string frame_;
  std::string previous_;
};

std::string lost(std::uint64_t bad, std::uint64_t behind) {
  return "frame " + std::to_string(bad) + " is damaged, and SQLite would drop it together with the " +
         std::to_string(behind) + " behind it";
}

}  // namespace

std::string find_log_damage(const std::filesystem::path& file, bool same_boot) {
  Log log(file);
  switch (log.read_header()) {
    case Log::Header::missing: return {};
    case Log::Header::damaged: {
      // Alone it is one that was about to be written: it is synced before the first frame is.
      std::error_code ignored;
      const bool alone =
          std::filesystem::file_size(file, ignored) < kHeaderBytes + kFrameHeaderBytes + kPageMin;
      return alone ? std::string() : "its header is damaged, and SQLite would drop all that is in it";
    }
    case Log::Header::whole: break;
  }
  std::uint64_t number = 0;
  std::uint64_t commit = 0;        // the last one that fits
  std::uint64_t ended = 0;         // the last frame that ends a commit and is no repetition
  std::uint64_t bad = 0;           // the first that does not fit
  std::uint64_t ours_behind = 0;   // from there on
  std::uint64_t first_commit = 0;  // from there on: the end of the commit to which `bad` belongs
  bool acknowledged = false;       // another commit follows it
  bool repeats = true;             // the log repeats each commit's last frame, as far as it shows
  while (log.next()) {
    ++number;
    if (bad == 0 && log.fits()) {
      const bool repetition = ended == number - 1 && log.repeats_the_last();
      if (ended != 0 && ended == number - 1 && !repetition) repeats = false;
      if (log.is_commit()) commit = number;
      if (log.is_commit() && !repetition) ended = number;
      continue;
    }
    if (bad == 0) bad = number;
    if (!log.is_ours()) continue;
    if (number > bad) ++ours_behind;
    // A repetition, whole or torn, belongs to the commit before it.
    if (repeats && ended != 0 && ended == number - 1 && log.may_repeat_the_last()) continue;
    if (first_commit != 0) acknowledged = true;
    if (first_commit == 0 && log.is_commit()) first_commit = ended = number;
  }
  const bool written_whole = same_boot && first_commit > bad && first_commit - commit <= kWrittenOnceMax;
  return acknowledged || written_whole ? lost(bad, ours_behind) : std::string();
}

}  // namespace kgw
