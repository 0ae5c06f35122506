#include "store_sqlite/log_damage.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <fstream>
#include <optional>
#include <span>
#include <vector>

namespace kgw {
namespace {

// SQLite's file format, 4.1 to 4.3. All numbers are big-endian; what is summed up has the order that the last
// bit of the magic number names.
constexpr std::uint32_t kMagic = 0x377f0682;
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kPageBytes = 4096;  // of ours, when the header can't say
constexpr std::size_t kPageBytesMax = 65536;

using Bytes = std::span<const unsigned char>;

std::uint32_t number(Bytes at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

struct Sum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool operator==(const Sum&) const = default;

  static Sum stored(Bytes at) { return {number(at), number(at.subspan(4))}; }
  void add(Bytes bytes, bool big_endian) {
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      const std::uint32_t even = number(bytes), odd = number(bytes.subspan(4));
      first += (big_endian ? even : __builtin_bswap32(even)) + second;
      second += (big_endian ? odd : __builtin_bswap32(odd)) + first;
    }
  }
};

struct Log {
  bool sound;  // its header
  bool big_endian;
  std::size_t page_bytes;
  Sum sum;
  std::optional<std::uint64_t> salts;  // of the frames that belong to it
};

Log log_of(Bytes header) {
  const std::uint32_t magic = number(header);
  const std::uint32_t page_bytes = number(header.subspan(8));
  Log log{false, magic == kMagic + 1, kPageBytes, {}, {}};
  log.sum.add(header.first(24), log.big_endian);
  log.sound = (magic & ~1U) == kMagic && log.sum == Sum::stored(header.subspan(24)) &&
              std::has_single_bit(page_bytes) && page_bytes >= 512 && page_bytes <= kPageBytesMax;
  if (!log.sound) return {false, false, kPageBytes, {}, {}};
  log.page_bytes = page_bytes;
  log.salts = std::uint64_t{number(header.subspan(16))} << 32 | number(header.subspan(20));
  return log;
}

bool read(std::ifstream& file, std::span<unsigned char> into) {
  file.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  return file.good();
}

}  // namespace

bool drops_commits(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, kHeaderBytes> header{};
  if (!read(file, header)) return false;
  Log log = log_of(header);
  std::vector<unsigned char> bytes(kFrameHeaderBytes + log.page_bytes);
  const Bytes frame(bytes);
  // Of the frame before: its sum as it says and as it is. Either may be the damaged one.
  Sum said = log.sum, counted = log.sum;
  bool bad = !log.sound;      // a frame before this one, or the header, does not fit
  bool after_commit = false;  // the one before ends a commit
  for (bool first = true; read(file, bytes); first = false) {
    const std::uint64_t salts = std::uint64_t{number(frame.subspan(8))} << 32 | number(frame.subspan(12));
    const bool ends_commit = number(frame.subspan(4)) != 0;
    if (!log.salts) log.salts = salts;
    const bool belongs = salts == *log.salts;
    const bool known_before = log.sound || !first;
    const Sum stored = Sum::stored(frame.subspan(16));
    bool fits = false;
    Sum own;
    for (const Sum& before : {said, counted}) {
      own = before;
      own.add(frame.first(8), log.big_endian);
      own.add(frame.subspan(kFrameHeaderBytes), log.big_endian);
      fits = belongs && known_before && own == stored;
      if (fits || said == counted) break;
    }
    // Only a frame right behind a commit's end tells that it was synced: further on may stand what a power cut
    // left of another life, whose frames fit each other.
    if (fits && bad && after_commit) return true;
    after_commit = ends_commit;
    bad = bad || !fits;
    said = stored;
    counted = own;
  }
  return false;
}

}  // namespace kgw
