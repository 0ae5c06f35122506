// MoveApi: moves a gateway's state to another one (docs/redis.md). GET /api/export returns kiosks, keys and
// ended requests page by page; POST /api/import reads them line by line, leaves existing ones unchanged, and
// reports lines that can't be accepted without stopping at them. Both only for admins of all kiosks. Loop
// thread only.
#pragma once

#include "admin/moving_in.hpp"

namespace kgw {

class MoveApi {
 public:
  explicit MoveApi(const MoveParts& parts) : parts_(parts) {}

  void export_page(const HttpRequest& request, const Caller& caller);
  void import(const HttpRequest& request, const Caller& caller);

 private:
  const MoveParts parts_;
};

}  // namespace kgw
