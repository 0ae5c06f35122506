// Every bound of the gateway, in one place, checked against each other below. Beyond a bound there is a clear
// error, never growth.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kgw::limits {

using namespace std::chrono_literals;

// --- messages (PROTOCOL.md 1, 2)
// To and from a kiosk; v1 clients drop the connection when a message is larger.
inline constexpr std::size_t kFrameBytesMax = 1'048'576;
// Of a /send body; whether it fits is decided on the composed envelope.
inline constexpr std::size_t kBodyBytesMax = kFrameBytesMax;
inline constexpr std::size_t kAdminBodyBytesMax = 16 * 1024 * 1024;  // an import of 10,000 kiosks with tokens
inline constexpr std::size_t kHeadBytesMax = 32 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 100;
inline constexpr std::size_t kTargetBytesMax = 8 * 1024;
inline constexpr std::size_t kJsonDepthMax = 64;
inline constexpr std::size_t kJsonNumberCharsMax = 1000;
inline constexpr std::size_t kNameCharsMax = 64;  // kiosk ids, operation types
inline constexpr std::size_t kResolutionNoteCharsMax = 500;
inline constexpr std::size_t kKioskTitleCharsMax = 128;  // a kiosk's display name, in Unicode characters
inline constexpr std::size_t kTokenBytesMax = 4096;

// --- connections
inline constexpr std::size_t kConnectionsMax = 60'000;       // lowered to what RLIMIT_NOFILE allows
inline constexpr std::size_t kReadBufferBytes = 256 * 1024;  // one buffer, shared by the whole loop
// Per connection; beyond it the connection is closed.
inline constexpr std::size_t kUnsentBytesMax = 4 * kFrameBytesMax;
// Of answers that callers have not read yet; beyond it the one that has read nothing for longest is cut off.
inline constexpr std::size_t kUnsentBytesOfAllMax = 256 * 1024 * 1024;
// Of heads, bodies and messages that are still incomplete; beyond it each sender gets an even share,
inline constexpr std::size_t kArrivingBytesMax = 128 * 1024 * 1024;
// and this much for all senders at one address that have shown no key.
inline constexpr std::size_t kArrivingBytesOfAddressMax = 32 * 1024 * 1024;
// A larger one from a kiosk waits, unread, until there is room; see net/connection.
inline constexpr std::size_t kSmallMessageBytes = 64 * 1024;
// Of a streamed answer; beyond it the reader is cut off.
inline constexpr std::size_t kStreamUnsentBytesMax = 2 * 1024 * 1024;
inline constexpr auto kHeadTime = 20s;   // for a client to send a head,
inline constexpr auto kBodyTime = 20s;   // and again to send a body,
inline constexpr auto kWriteTime = 20s;  // and the longest it may pause in reading an answer
inline constexpr auto kKeepAliveTime = 75s;
inline constexpr auto kPingInterval = 20s;
inline constexpr auto kPongTime = 10s;
inline constexpr auto kResumeTime = 10s;  // for a v2 agent to say what it still has, after the upgrade
inline constexpr auto kProbeTime = 3s;    // for an old connection to prove that it is alive
inline constexpr auto kCloseTime = 2s;  // from our close frame to the end of the TCP connection, echoed or not

// --- TLS
inline constexpr std::size_t kHandshakesMax = 1000;          // under way; half of them at most from one address
inline constexpr auto kHandshakeTime = 10s;                  // for a client to complete one
inline constexpr std::size_t kTlsSendBytesMax = 256 * 1024;  // encrypted for one connection in one turn
inline constexpr std::size_t kTlsFileBytesMax = 1024 * 1024;
inline constexpr auto kTicketKeyTime = 12h;  // a key encrypts session tickets this long, then decrypts as long

// --- exchanges
inline constexpr std::size_t kLaneWaitingMax = 1000;  // waiting at one kiosk,
inline constexpr std::size_t kLaneReserved = 100;     // plus so many of holders with fewer than that there
// Of those, that may wait for the kiosk to come online (Header-Wait-Online), and so many at all kiosks
// together.
inline constexpr std::size_t kOfflineWaitingOfKioskMax = 500;
inline constexpr std::size_t kOfflineWaitingMax = 20'000;
inline constexpr auto kWaitOnlineMax = 3600s;         // the longest such wait,
inline constexpr auto kWaitOnlineOfCallerMax = 300s;  // and of a caller who stays on the line
inline constexpr std::size_t kMaxInFlightMax = 1000;  // the largest max_in_flight that a kiosk may have
inline constexpr std::size_t kOperationLimitsMax =
    8;  // operations with an OPERATION_MAX_IN_FLIGHT of their own
inline constexpr std::size_t kExchangesMax = 200'000;
inline constexpr std::size_t kExchangeBytesMax = 512 * 1024 * 1024;  // frames and answers held, in total
inline constexpr std::size_t kKiosksMax = 100'000;
inline constexpr std::size_t kKeysMax = 10'000;  // API keys, revoked ones included
inline constexpr std::size_t kKeyPatternsMax = 100;
inline constexpr auto kAuditTime = 24h * 730;  // the audit trail is kept this long, however many lines it has
// Of one value that a part of the gateway keeps in the store.
inline constexpr std::size_t kKeptValueBytesMax = 64 * 1024;
inline constexpr auto kOverdueLanePlace = 60s;  // a timed-out request keeps its place in the lane this long
// A client that half-closes this soon after its request has only finished sending.
inline constexpr auto kHalfCloseTime = 100ms;
// Beyond the deadline, for an answer held while the store is unavailable.
inline constexpr auto kHeldAnswerGrace = 10s;
// Answers that no request in memory is waiting for, held until the store has said whether one exists:
inline constexpr std::size_t kLookupBytesMax = 256 * kFrameBytesMax;        // in total,
inline constexpr std::size_t kLookupBytesOfKioskMax = 32 * kFrameBytesMax;  // from one kiosk,
inline constexpr std::size_t kLookupsAskedMax = 64;                         // being looked up at the same time;
inline constexpr auto kLookupRetry = 500ms;  // the pause before another look-up when the store could not answer
inline constexpr std::size_t kDiscardedTextBytesMax = 16'384;  // of a discarded answer, in the log
inline constexpr std::size_t kLongPollsMax = 2000;             // callers of GET /requests/{id}?wait=N that wait
inline constexpr std::size_t kFeedPollsMax = 500;              // readers of the feed, with ?wait=N
inline constexpr std::size_t kFeedPageBytesMax = 1024 * 1024;  // of responses, on one page of the feed
// Answers that nobody may have got, in memory; the store lists all of them.
inline constexpr std::size_t kUnclaimedMax = 10'000;
inline constexpr std::size_t kPassedMax = 1000;  // of them, looked at with one page of the feed
inline constexpr std::size_t kKnocksMax = 1000;  // upgrades held while an old connection is probed

// --- callbacks (PROTOCOL.md 1.4)
inline constexpr std::size_t kCallbackUrlBytesMax = 2048;
inline constexpr auto kCallbackTime = 24h * 3;             // then it is a dead letter,
inline constexpr auto kCallbackGrace = 1h;                 // but not sooner than this after a start
inline constexpr auto kCallbackFirstWait = 5s;             // upper bound of the first wait; doubles each time,
inline constexpr auto kCallbackWaitMax = 4h;               // up to this
inline constexpr std::size_t kCallbacksMax = 10'000;       // in memory; the store keeps the rest
inline constexpr std::size_t kCallbacksInFlightMax = 64;   // in all,
inline constexpr std::size_t kCallbacksOfOwnerMax = 16;    // per owner,
inline constexpr std::size_t kCallbacksOfEndpointMax = 4;  // and per endpoint; 1 while it fails
inline constexpr auto kCallbackFailingTime = 1h;           // an endpoint failing for this long is an alert
inline constexpr std::size_t kFailingEndpointsMax = 1000;
inline constexpr std::size_t kCallbackWhyBytesMax = 200;  // of a failure's description
inline constexpr auto kCallbackAnswerTime = 15s;          // for the receiver to answer, connecting included
inline constexpr std::size_t kCallbackAnswerBytesMax = 16 * 1024;
inline constexpr std::size_t kCallbackPageRows = 100;  // read at once
inline constexpr auto kCallbackReadRetry = 1s;         // after a page could not be read
inline constexpr auto kCallbackWalkRest = 20ms;        // between two pages of a backlog that is read again,
inline constexpr auto kCallbackWalkAgain = 60s;        // and between two such walks
inline constexpr std::size_t kCallbacksReplayedMax = 10'000;  // by one call

// --- store
inline constexpr std::size_t kStoreQueueBytesMax = 256 * 1024 * 1024;
inline constexpr std::size_t kStoreReadsMax = 1000;
// Look-ups of Idempotency-Keys at the same time, beside those reads; one asker has nine tenths at most.
inline constexpr std::size_t kClaimReadsMax = 1000;
// The latest writes are kept to be repeated after a loss: this long,
inline constexpr auto kStoreRecentTime = 10s;
inline constexpr std::size_t kStoreRecentBytesMax = 64 * 1024 * 1024;  // and this much of them
inline constexpr std::size_t kStoreScanRowsMax = 10'000;      // read for one page, whether they match or not
inline constexpr std::size_t kConnectionRowsMax = 1'000'000;  // of the connection history on disk,
inline constexpr auto kConnectionRowsTime = 24h * 30;         // and how long they are kept
// With JOURNAL=off: how many finished exchanges can still be queried.
inline constexpr std::size_t kUnjournaledExchangesMax = 20'000;
inline constexpr std::size_t kUnjournaledBytesMax = 32 * 1024 * 1024;

// --- alerts
inline constexpr std::size_t kAlertsMax = 10'000;            // rows that can be queried
inline constexpr std::size_t kAlertNewsMax = 1'000;          // waiting to be published
inline constexpr std::size_t kFailingDevicesPerKiosk = 8;    // operations whose devices fail
inline constexpr std::size_t kDeviceHistoryRowsMax = 2'000;  // of the journal, in which a start looks for them

// --- timeouts that fit together (PROTOCOL.md 1.7)
inline constexpr std::size_t kHangUpOwnersMax = 256;   // owners of keys whose callers hang up,
inline constexpr std::size_t kLateOperationsMax = 64;  // and operations answered late,
inline constexpr std::size_t kMisfitSamplesMax = 8;    // with the latest of each,
inline constexpr auto kMisfitTime = 24h;               // of this time
inline constexpr std::size_t kMisfitsShown = 20;
inline constexpr auto kHangUpTimeMin = 1s;     // sooner, a client half-closes, or a person has changed his mind
inline constexpr auto kSlowDeviceMax = 10min;  // after its 504; later, it was not the device that took so long

// --- Telegram
inline constexpr std::size_t kTelegramQueueMax = 500;               // messages waiting to be sent
inline constexpr std::size_t kTelegramAnswerBytesMax = 512 * 1024;  // of one answer, updates included

// --- log
inline constexpr std::size_t kLogBatchBytesMax = 256 * 1024;
inline constexpr std::size_t kLogBatchesMax = 256;
inline constexpr auto kLogBatchTime = 10ms;

// --- telemetry
inline constexpr std::size_t kOperationLabelsMax = 16;  // operations with series of their own, `other` included
inline constexpr std::size_t kKioskSeriesMax = 3000;    // kiosks with series of their own, three each
inline constexpr auto kPushInterval = 15s;              // between two pushes of metrics
inline constexpr std::size_t kPushBatchesMax = 240;     // waiting during an outage: an hour of metrics,
// and this many bytes, for metrics and for logs each.
inline constexpr std::size_t kPushBytesMax = 32 * 1024 * 1024;
inline constexpr std::size_t kLogPushBytes = 256 * 1024;  // of log lines in one push (Loki's limit is 4 MB),
inline constexpr auto kLogPushTime = 1s;                  // and the longest that a line waits for others
inline constexpr auto kLastPushTime = 3s;                 // at shutdown, for metrics and logs together
inline constexpr std::size_t kWorkerTasksMax = 64;        // scrapes and pushes waiting to be rendered

// --- dashboard
inline constexpr std::size_t kSessionsMax = 1000;  // logged in at the same time; the oldest is dropped first
inline constexpr auto kSessionTime = 12h;
inline constexpr std::size_t kLoginCodesMax = 100;  // one-time links that have not been used yet
inline constexpr auto kLoginCodeTime = 5min;
inline constexpr std::size_t kEventStreamsMax = 100;
inline constexpr std::size_t kEventsKeptBytesMax =
    16 * 1024 * 1024;  // of each view, for clients that reconnect
inline constexpr auto kEventsKeptTime = 60s;
inline constexpr std::size_t kSlicesMax = 1000;          // lists and exports being assembled
inline constexpr std::size_t kUsualRowBytes = 512;       // typical JSON size of a kiosk's or a request's row
inline constexpr std::size_t kEventRowsATurn = 64;       // rendered between two polls of the sockets
inline constexpr std::size_t kRequestRowsASecond = 200;  // any more are only counted
inline constexpr std::size_t kRecordRowsASecond = 500;   // of the history and of the audit trail
// A snapshot pauses while its reader has this much left to read.
inline constexpr std::size_t kStreamAheadBytes = 256 * 1024;
inline constexpr std::size_t kSeriesPointsMax = 288;  // in each of the three rings

// --- settings
inline constexpr std::size_t kSettingsFileBytesMax = 64 * 1024;   // of `.env`, and of a file with a secret
inline constexpr std::size_t kOutcomeFileBytesMax = 1024 * 1024;  // the file of OUTCOME_RULES:
inline constexpr std::size_t kOutcomeRulesMax = 1000;             // its rules, for all operations together,
inline constexpr std::size_t kOutcomeTextsMax = 10'000;           // the values that they compare with,
inline constexpr std::size_t kOutcomeTextBytesMax = 256;          // one value, or a member's name,
inline constexpr std::size_t kOutcomeMembersMax = 16;  // the members that they read, besides status and error

static_assert(kBodyBytesMax <= kFrameBytesMax);
static_assert(kUnsentBytesMax >= 2 * kFrameBytesMax,
              "a slow kiosk must be able to hold at least two whole frames");
static_assert(kArrivingBytesMax >= 64 * kFrameBytesMax);
static_assert(kArrivingBytesOfAddressMax >= kAdminBodyBytesMax);
static_assert(kExchangeBytesMax >= 64 * kFrameBytesMax);
static_assert(kStreamAheadBytes < kStreamUnsentBytesMax);
static_assert(kPongTime < kPingInterval);
static_assert(kProbeTime < kHeadTime);
static_assert(kLaneWaitingMax + kLaneReserved + kMaxInFlightMax < kExchangesMax);
static_assert(kLaneReserved <= kLaneWaitingMax);
static_assert(kOfflineWaitingOfKioskMax <= kLaneWaitingMax / 2,
              "it leaves room for what comes when the kiosk is back");
static_assert(2 * kOfflineWaitingMax <= kExchangesMax);
static_assert(kCallbacksOfEndpointMax <= kCallbacksOfOwnerMax);
static_assert(2 * kCallbacksOfOwnerMax <= kCallbacksInFlightMax, "one owner leaves room for others");
static_assert(kCallbackGrace < kCallbackTime);

}  // namespace kgw::limits
