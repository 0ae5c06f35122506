// NoHistory: a History in which nothing was written: a base for those that have some of it.
#pragma once

#include "store/history.hpp"

namespace kgw::testing {

class NoHistory : public History {
 public:
  bool may_be_forgotten(const RequestId&) const override { return false; }
  void find_body(RequestId, FoundBody) override {}
  void find_exchanges(ExchangesQuery, FoundExchanges) override {}
  void find_connections(HistoryQuery, FoundConnections) override {}
  void find_audit(HistoryQuery, FoundAudit) override {}
  void find_finals(FinalsQuery, FoundFinals) override {}
  void back_up(std::filesystem::path, BackedUp) override {}
};

}  // namespace kgw::testing
