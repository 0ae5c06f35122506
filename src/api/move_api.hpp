// MoveApi: a gateway's state on its way to another one (docs/redis.md): GET /api/export gives kiosks, keys and
// ended requests page by page; POST /api/import takes them line by line, what is there already stays, and what
// can't be taken is told by line and stops nothing else. Both for admins of all kiosks. Loop thread only.
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
