// ApiRooms: the handlers of the HTTP API; the front door's table (api/routes) leads to them. Loop thread only.
#pragma once

#include "access/cursor_seal.hpp"
#include "access/read_shares.hpp"
#include "admin/reading.hpp"
#include "api/alerts_api.hpp"
#include "api/backup_api.hpp"
#include "api/callbacks/callbacks_api.hpp"
#include "api/dashboard/login.hpp"
#include "api/feed/feed_api.hpp"
#include "api/history_api.hpp"
#include "api/insight_api.hpp"
#include "api/keys_api.hpp"
#include "api/kiosks_api.hpp"
#include "api/ledger_api.hpp"
#include "api/live_events.hpp"
#include "api/move_api.hpp"
#include "api/requests_api.hpp"
#include "api/routes.hpp"
#include "api/send_handler.hpp"
#include "api/status_pages.hpp"
#include "live/kiosk_rows.hpp"
#include "shell/async_calls.hpp"

namespace kgw {

struct Doors;
struct Ground;
struct Office;
struct Pushes;
struct Relaying;
struct StoreSide;

struct ApiRooms {
  ApiRooms(Ground& on, Doors& doors, StoreSide& stores, Relaying& relaying, Office& office, Pushes& pushes);

  const CursorSeal seal;
  ReadShares reads;
  const Reading reading;
  SendHandler send;
  RequestsApi requests;
  AsyncCalls async;
  LedgerApi ledger;
  FeedApi feed;
  HistoryApi history;
  KioskRows kiosk_rows;
  KiosksApi kiosks;
  KeysApi keys;
  CallbacksApi callbacks;
  MoveApi move;
  BackupApi backup;
  AlertsApi alerts;
  DashboardLogin login;
  StatusPages status;
  LiveEvents events;
  InsightApi insight;
};

}  // namespace kgw
