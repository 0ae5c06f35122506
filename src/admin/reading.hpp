// Reading: what a list of stored rows is answered with: the history that it is read from, each caller's share
// of the reads, the slices that it is rendered in, the server. Requires all of it to outlive its users. Loop
// thread only.
#pragma once

#include "access/read_shares.hpp"
#include "net/http_server.hpp"
#include "net/slices.hpp"
#include "store/history.hpp"

namespace kgw {

struct Reading {
  HttpServer& server;
  History& history;
  ReadShares& reads;
  Slices& slices;
};

}  // namespace kgw
