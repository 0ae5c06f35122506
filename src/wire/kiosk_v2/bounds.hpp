// Bounds of protocol v2's messages (PROTOCOL.md 4), for both ends. Those of base/limits.hpp hold as well: a
// whole message has at most kFrameBytesMax and is nested at most kJsonDepthMax deep.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/limits.hpp"

namespace kgw::kiosk_v2 {

using namespace std::chrono_literals;

// Texts for people: longer ones are cut, at a character's boundary.
inline constexpr std::size_t kTextBytesMax = 1000;  // message
inline constexpr std::size_t kLabelBytesMax = 64;   // stage, version, agent_version, node
// What a message carries and neither end reads, byte for byte:
inline constexpr std::size_t kReportBytesMax = 256 * 1024;  // of a diagnosis,
inline constexpr std::size_t kEventBytesMax = 64 * 1024;    // and of an event's data
// It stands one level deep in its message.
inline constexpr std::size_t kCarriedDepthMax = limits::kJsonDepthMax - 1;

// Of each list in `resume`. What does not fit is left out, which costs a delivery that the agent knows already.
inline constexpr std::size_t kResumeIdsMax = 4000;
inline constexpr std::size_t kRoutesMax = 64;
inline constexpr std::size_t kRequireMax = 16;
// What `request` has before the envelope's own members; see request_head().
inline constexpr std::size_t kRequestHeadBytesMax =
    160 + limits::kNameCharsMax + kRequireMax * (limits::kNameCharsMax + 3);

// Larger numbers are read as these.
inline constexpr std::uint64_t kCountMax = limits::kMaxInFlightMax;  // max_in_flight, concurrency
inline constexpr std::uint64_t kAttemptMax = 1'000'000;
inline constexpr std::chrono::milliseconds kTimeMax = 24h * 3650;  // a device may be out of order for years

static_assert(3 * kResumeIdsMax * 39 < limits::kFrameBytesMax / 2, "a full resume fits with all its routes");
static_assert(kReportBytesMax < limits::kFrameBytesMax / 2 && kEventBytesMax < limits::kFrameBytesMax / 2);

}  // namespace kgw::kiosk_v2
