// Every bound of the gateway, in one place, asserting each other. Past a bound there is a clear error, never
// growth.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kgw::limits {

using namespace std::chrono_literals;

// --- messages (PROTOCOL.md 1, 2)
inline constexpr std::size_t kFrameBytesMax =
    1'048'576;  // to and from a kiosk; v1 clients drop the link on more
inline constexpr std::size_t kBodyBytesMax =
    kFrameBytesMax;  // a /send body; what fits is decided on the composed frame
inline constexpr std::size_t kAdminBodyBytesMax = 16 * 1024 * 1024;  // 10,000 kiosks with tokens in one import
inline constexpr std::size_t kHeadBytesMax = 32 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 100;
inline constexpr std::size_t kTargetBytesMax = 8 * 1024;
inline constexpr std::size_t kJsonDepthMax = 64;
inline constexpr std::size_t kJsonNumberCharsMax = 1000;
inline constexpr std::size_t kNameCharsMax = 64;         // kiosk ids, operation types
inline constexpr std::size_t kKioskTitleCharsMax = 128;  // Unicode characters of a kiosk's display name
inline constexpr std::size_t kTokenBytesMax = 4096;

// --- connections
inline constexpr std::size_t kConnectionsMax = 60'000;       // lowered to what RLIMIT_NOFILE allows
inline constexpr std::size_t kReadBufferBytes = 256 * 1024;  // the loop's one buffer
inline constexpr std::size_t kUnsentBytesMax =
    4 * kFrameBytesMax;  // per connection; past it the link is closed
inline constexpr std::size_t kUnsentBytesOfAllMax =
    256 * 1024 *
    1024;  // answers that callers do not take; past it, who has taken nothing for longest is cut off
inline constexpr std::size_t kArrivingBytesMax =
    128 * 1024 * 1024;  // of heads, bodies and messages that are not whole yet; an even share each past it,
inline constexpr std::size_t kArrivingBytesOfAddressMax =
    32 * 1024 * 1024;  // and so much from those at one address who have shown no key
inline constexpr std::size_t kSmallMessageBytes = 64 * 1024;           // larger ones from kiosks arrive in turn
inline constexpr std::size_t kStreamUnsentBytesMax = 2 * 1024 * 1024;  // of a streamed answer; past it, cut off
inline constexpr auto kHeadTime = 20s;                                 // a client has this long for a head,
inline constexpr auto kBodyTime = 20s;                                 // and again for a body,
inline constexpr auto kWriteTime = 20s;  // and must take bytes of an answer at least this often
inline constexpr auto kKeepAliveTime = 75s;
inline constexpr auto kPingInterval = 20s;
inline constexpr auto kPongTime = 10s;
inline constexpr auto kProbeTime = 3s;  // an old connection has this long to show it lives
inline constexpr auto kCloseTime = 2s;  // after a close frame the TCP connection ends within this, echo or not

// --- exchanges
inline constexpr std::size_t kLaneWaitingMax = 1000;
inline constexpr std::size_t kMaxInFlightMax = 1000;  // what a kiosk's max_in_flight may be set to
inline constexpr std::size_t kExchangesMax = 200'000;
inline constexpr std::size_t kExchangeBytesMax = 512 * 1024 * 1024;  // frames and answers held, all together
inline constexpr std::size_t kKiosksMax = 100'000;
inline constexpr std::size_t kKeysMax = 10'000;  // API keys, revoked ones too
inline constexpr std::size_t kKeyPatternsMax = 100;
inline constexpr auto kAuditTime = 24h * 730;  // what operators changed is kept this long, however many lines
inline constexpr std::size_t kKeptValueBytesMax = 64 * 1024;  // of what parts of the gateway keep in the store
inline constexpr auto kOverdueLanePlace = 60s;  // a timed-out request keeps its lane place this long
inline constexpr auto kHalfCloseTime = 100ms;   // who has said all half-closes this soon behind its request
inline constexpr auto kHeldAnswerGrace = 10s;  // past the deadline, for an answer that waits for a broken store
// Answers that no request in memory waits for, held until the store has said whether there is one:
inline constexpr std::size_t kLookupBytesMax = 256 * kFrameBytesMax;        // all together,
inline constexpr std::size_t kLookupBytesOfKioskMax = 32 * kFrameBytesMax;  // of one kiosk,
inline constexpr std::size_t kLookupsAskedMax = 64;                         // asked about at a time;
inline constexpr auto kLookupRetry = 500ms;  // when the store could not say, it is asked again after this
inline constexpr std::size_t kDiscardedTextBytesMax = 16'384;  // of one that must go, in the log
inline constexpr std::size_t kKnocksMax = 1000;  // upgrades held while an old connection is probed

// --- store
inline constexpr std::size_t kStoreQueueBytesMax = 256 * 1024 * 1024;
inline constexpr std::size_t kStoreReadsMax = 1000;
inline constexpr auto kStoreRecentTime =
    10s;  // what was written last is kept, to be written again after a loss,
inline constexpr std::size_t kStoreRecentBytesMax = 64 * 1024 * 1024;  // and so much of it
inline constexpr std::size_t kStoreScanRowsMax = 10'000;      // read for one page, whether they match or not
inline constexpr std::size_t kConnectionRowsMax = 1'000'000;  // connection history on disk,
inline constexpr auto kConnectionRowsTime = 24h * 30;         // and how long it is kept
inline constexpr std::size_t kUnjournaledExchangesMax =
    20'000;  // JOURNAL=off: how many finished ones can be asked for
inline constexpr std::size_t kUnjournaledBytesMax = 32 * 1024 * 1024;

// --- alerts
inline constexpr std::size_t kAlertsMax = 10'000;    // rows that can be asked for
inline constexpr std::size_t kAlertNewsMax = 1'000;  // that wait to be told

// --- Telegram
inline constexpr std::size_t kTelegramQueueMax = 500;               // messages that wait to be sent
inline constexpr std::size_t kTelegramAnswerBytesMax = 512 * 1024;  // of one answer, updates included

// --- log
inline constexpr std::size_t kLogBatchBytesMax = 256 * 1024;
inline constexpr std::size_t kLogBatchesMax = 256;
inline constexpr auto kLogBatchTime = 10ms;

// --- telemetry
inline constexpr std::size_t kOperationLabelsMax = 16;  // operations that have series of their own, `other` too
inline constexpr std::size_t kKioskSeriesMax = 3000;    // kiosks that have; three series each
inline constexpr auto kPushInterval = 15s;              // of metrics
inline constexpr std::size_t kPushBatchesMax = 240;     // waiting over an outage: an hour of metrics,
inline constexpr std::size_t kPushBytesMax =
    32 * 1024 * 1024;                                     // and no more than this, of metrics and of logs each
inline constexpr std::size_t kLogPushBytes = 256 * 1024;  // of lines in one push; Loki takes 4 MB,
inline constexpr auto kLogPushTime = 1s;                  // and a line waits at most this long for others
inline constexpr auto kLastPushTime = 3s;                 // at shutdown, for metrics and logs together
inline constexpr std::size_t kWorkerTasksMax = 64;        // scrapes and pushes waiting to be rendered

// --- dashboard
inline constexpr std::size_t kSessionsMax = 1000;  // logged in at a time; the oldest goes first
inline constexpr auto kSessionTime = 12h;
inline constexpr std::size_t kLoginCodesMax = 100;  // one-time links that nobody followed yet
inline constexpr auto kLoginCodeTime = 5min;
inline constexpr std::size_t kEventStreamsMax = 100;
inline constexpr std::size_t kEventsKeptBytesMax = 16 * 1024 * 1024;  // for those that come back, of each view
inline constexpr auto kEventsKeptTime = 60s;
inline constexpr std::size_t kSlicesMax = 1000;          // lists and exports that are being put together
inline constexpr std::size_t kUsualRowBytes = 512;       // of a kiosk, or of a request, in JSON
inline constexpr std::size_t kEventRowsATurn = 64;       // rendered between two looks at the sockets
inline constexpr std::size_t kRequestRowsASecond = 200;  // what is more is only counted
inline constexpr std::size_t kRecordRowsASecond = 500;   // of the history, and of the audit trail
inline constexpr std::size_t kStreamAheadBytes =
    256 * 1024;                                       // a snapshot waits for a reader that has more to take
inline constexpr std::size_t kSeriesPointsMax = 288;  // of each of the three rings

// --- settings
inline constexpr std::size_t kSettingsFileBytesMax = 64 * 1024;  // of `.env`, and of a secret's file

static_assert(kBodyBytesMax <= kFrameBytesMax);
static_assert(kUnsentBytesMax >= 2 * kFrameBytesMax,
              "a slow kiosk must be able to hold at least two whole frames");
static_assert(kArrivingBytesMax >= 64 * kFrameBytesMax);
static_assert(kArrivingBytesOfAddressMax >= kAdminBodyBytesMax);
static_assert(kExchangeBytesMax >= 64 * kFrameBytesMax);
static_assert(kStreamAheadBytes < kStreamUnsentBytesMax);
static_assert(kPongTime < kPingInterval);
static_assert(kProbeTime < kHeadTime);
static_assert(kLaneWaitingMax + kMaxInFlightMax < kExchangesMax);

}  // namespace kgw::limits
